#include "sensors/transport/wake_times.h"

#include "tests/unit/expect.h"

enum { COUNT = 50 };

static void the_earliest_comes_first_and_only_when_due(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct wakes *wakes = wakes_new(arena, 3);
    assert_true(wakes_next(wakes) == WAKES_NEVER);
    wakes_set(wakes, 0, 30);
    wakes_set(wakes, 1, 10);
    wakes_set(wakes, 2, 20);
    assert_true(wakes_next(wakes) == 10);
    assert_int_equal(wakes_take(wakes, 9), -1);
    assert_int_equal(wakes_take(wakes, 25), 1);
    assert_int_equal(wakes_take(wakes, 25), 2);
    assert_int_equal(wakes_take(wakes, 25), -1);
    assert_true(wakes_next(wakes) == 30);
    arena_free(arena);
}

static void a_point_moved_later_is_not_taken_at_its_old_time(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct wakes *wakes = wakes_new(arena, 2);
    wakes_set(wakes, 0, 10);
    wakes_set(wakes, 1, 15);
    wakes_set(wakes, 0, 40);
    assert_int_equal(wakes_take(wakes, 20), 1);
    assert_int_equal(wakes_take(wakes, 20), -1);
    assert_true(wakes_next(wakes) == 40);
    wakes_set(wakes, 0, 5);
    assert_int_equal(wakes_take(wakes, 20), 0);
    wakes_set(wakes, 1, 50);
    wakes_set(wakes, 1, WAKES_NEVER);
    assert_true(wakes_next(wakes) == WAKES_NEVER);
    arena_free(arena);
}

/* Against a plain list, over many random moves. */
static void it_agrees_with_a_plain_list(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct wakes *wakes = wakes_new(arena, COUNT);
    us_t at[COUNT];
    for (int i = 0; i < COUNT; i++) {
        at[i] = WAKES_NEVER;
    }
    uint32_t random = 1;
    for (us_t now = 0; now < 20000; now++) {
        random = random * 1664525U + 1013904223U;
        int32_t index = (int32_t) (random >> 8) % COUNT;
        at[index] = now + (us_t) (random >> 20) % 97;
        wakes_set(wakes, index, at[index]);
        int due = 0;
        for (int i = 0; i < COUNT; i++) {
            due += at[i] <= now ? 1 : 0;
        }
        for (int32_t i = wakes_take(wakes, now); i >= 0; i = wakes_take(wakes, now)) {
            assert_true(at[i] <= now);
            at[i] = WAKES_NEVER;
            due--;
        }
        assert_int_equal(due, 0);
    }
    arena_free(arena);
}

static void nobody_is_never_woken(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct wakes *wakes = wakes_new(arena, 0);
    assert_true(wakes_next(wakes) == WAKES_NEVER);
    assert_int_equal(wakes_take(wakes, 1000), -1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_earliest_comes_first_and_only_when_due),
        cmocka_unit_test(a_point_moved_later_is_not_taken_at_its_old_time),
        cmocka_unit_test(it_agrees_with_a_plain_list),
        cmocka_unit_test(nobody_is_never_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
