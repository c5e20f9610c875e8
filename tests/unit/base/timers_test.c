#include "gateway/base/timers.h"

#include "tests/unit/expect.h"

enum { ITEMS = 64 };

static void they_come_by_time_then_by_number(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, ITEMS);
    timers_set(timers, 5, 100);
    timers_set(timers, 3, 100);
    timers_set(timers, 9, 50);
    timers_set(timers, 1, 200);
    int32_t item = 0;
    assert_true(timers_next(timers) == 50);
    assert_true(timers_take(timers, 100, &item) && item == 9);
    assert_true(timers_take(timers, 100, &item) && item == 3);
    assert_true(timers_take(timers, 100, &item) && item == 5);
    assert_false(timers_take(timers, 100, &item));
    assert_true(timers_next(timers) == 200);
    arena_free(arena);
}

static void setting_again_moves_and_clearing_removes(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, ITEMS);
    timers_set(timers, 1, 100);
    timers_set(timers, 2, 200);
    timers_set(timers, 1, 300);
    timers_clear(timers, 2);
    timers_clear(timers, 2);
    int32_t item = 0;
    assert_true(timers_next(timers) == 300);
    assert_true(timers_take(timers, 300, &item) && item == 1);
    assert_true(timers_next(timers) == TIMERS_NEVER);
    arena_free(arena);
}

static void any_mix_comes_out_sorted(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, ITEMS);
    uint32_t random = 12345;
    for (int i = 0; i < 5000; i++) {
        random = random * 1664525U + 1013904223U;
        int32_t item = (int32_t) (random >> 8) % ITEMS;
        int64_t at = (int64_t) (random >> 20) + 1;
        if (random % 5 == 0) {
            timers_clear(timers, item);
        } else {
            timers_set(timers, item, at);
        }
    }
    int64_t last = 0;
    int32_t last_item = -1;
    int32_t item = 0;
    for (int64_t at = timers_next(timers); timers_take(timers, INT64_MAX - 1, &item);
         at = timers_next(timers)) {
        assert_true(at > last || (at == last && item > last_item));
        last = at;
        last_item = item;
    }
    arena_free(arena);
}

static void the_earliest_comes_first_and_only_when_due(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, 3);
    int32_t item = 0;
    assert_true(timers_next(timers) == TIMERS_NEVER);
    timers_set(timers, 0, 30);
    timers_set(timers, 1, 10);
    timers_set(timers, 2, 20);
    assert_true(timers_next(timers) == 10);
    assert_false(timers_take(timers, 9, &item));
    assert_true(timers_take(timers, 25, &item) && item == 1);
    assert_true(timers_take(timers, 25, &item) && item == 2);
    assert_false(timers_take(timers, 25, &item));
    assert_true(timers_next(timers) == 30);
    arena_free(arena);
}

static void an_item_moved_later_is_not_taken_at_its_old_time(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, 2);
    int32_t item = 0;
    timers_set(timers, 0, 10);
    timers_set(timers, 1, 15);
    timers_set(timers, 0, 40);
    assert_true(timers_take(timers, 20, &item) && item == 1);
    assert_false(timers_take(timers, 20, &item));
    assert_true(timers_next(timers) == 40);
    timers_set(timers, 0, 5);
    assert_true(timers_take(timers, 20, &item) && item == 0);
    timers_set(timers, 1, 50);
    timers_set(timers, 1, TIMERS_NEVER);
    assert_true(timers_next(timers) == TIMERS_NEVER);
    arena_free(arena);
}

/* Against a plain list, over many random moves. */
static void they_agree_with_a_plain_list(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, ITEMS);
    int64_t at[ITEMS];
    for (int i = 0; i < ITEMS; i++) {
        at[i] = TIMERS_NEVER;
    }
    uint32_t random = 1;
    for (int64_t now = 0; now < 20000; now++) {
        random = random * 1664525U + 1013904223U;
        int32_t index = (int32_t) (random >> 8) % ITEMS;
        at[index] = now + (int64_t) (random >> 20) % 97;
        timers_set(timers, index, at[index]);
        int due = 0;
        for (int i = 0; i < ITEMS; i++) {
            due += at[i] <= now ? 1 : 0;
        }
        for (int32_t i = 0; timers_take(timers, now, &i);) {
            assert_true(at[i] <= now);
            at[i] = TIMERS_NEVER;
            due--;
        }
        assert_int_equal(due, 0);
    }
    arena_free(arena);
}

static void no_items_are_never_due(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, 0);
    int32_t item = 0;
    assert_true(timers_next(timers) == TIMERS_NEVER);
    assert_false(timers_take(timers, 1000, &item));
    arena_free(arena);
}

/* Also when a deadline that was moved later is noticed only at the top of the heap. */
static void an_item_moved_to_the_time_of_others_comes_by_its_number(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct timers *timers = timers_new(arena, ITEMS);
    timers_set(timers, 4, 100);
    timers_set(timers, 6, 100);
    timers_set(timers, 5, 10);
    timers_set(timers, 5, 100);
    timers_set(timers, 7, 20);
    timers_set(timers, 7, 100);
    int32_t item = 0;
    assert_true(timers_next(timers) == 100);
    for (int32_t expected = 4; expected <= 7; expected++) {
        assert_true(timers_take(timers, 100, &item) && item == expected);
    }
    assert_false(timers_take(timers, TIMERS_NEVER, &item));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_by_time_then_by_number),
        cmocka_unit_test(setting_again_moves_and_clearing_removes),
        cmocka_unit_test(any_mix_comes_out_sorted),
        cmocka_unit_test(the_earliest_comes_first_and_only_when_due),
        cmocka_unit_test(an_item_moved_later_is_not_taken_at_its_old_time),
        cmocka_unit_test(they_agree_with_a_plain_list),
        cmocka_unit_test(no_items_are_never_due),
        cmocka_unit_test(an_item_moved_to_the_time_of_others_comes_by_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
