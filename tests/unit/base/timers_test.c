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
    assert_true(timers_at(timers, 1) == 200);
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
    assert_true(timers_at(timers, 1) == 0);
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
        ms_t at = (ms_t) (random >> 20) + 1;
        if (random % 5 == 0) {
            timers_clear(timers, item);
        } else {
            timers_set(timers, item, at);
        }
    }
    ms_t last = 0;
    int32_t last_item = -1;
    int32_t item = 0;
    for (ms_t at = timers_next(timers); timers_take(timers, INT64_MAX - 1, &item);
         at = timers_next(timers)) {
        assert_true(at > last || (at == last && item > last_item));
        last = at;
        last_item = item;
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_by_time_then_by_number),
        cmocka_unit_test(setting_again_moves_and_clearing_removes),
        cmocka_unit_test(any_mix_comes_out_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
