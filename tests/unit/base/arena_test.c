#include "gateway/base/arena.h"

#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/expect.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    enum { PIECES = 3000 };
    static unsigned char *piece[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        size_t size = i * 37 % 300 + 1;
        piece[i] = arena_take(arena, 1, size);
        assert_int_equal((uintptr_t) piece[i] % alignof(max_align_t), 0);
        for (size_t at = 0; at < size; at++) {
            assert_int_equal(piece[i][at], 0);
        }
        memset(piece[i], (int) (i % 255) + 1, size);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t at = 0; at < i * 37 % 300 + 1; at++) {
            assert_int_equal(piece[i][at], i % 255 + 1);
        }
    }
    arena_free(arena);
}

static void a_big_piece_leaves_room_for_small_ones(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    const char *before = arena_take(arena, 1, 16);
    unsigned char *big = arena_take(arena, 100000, 7);
    const char *after = arena_take(arena, 1, 16);
    assert_ptr_equal(after, before + 16);
    memset(big, 1, 700000);
    assert_int_equal(after[0], 0);
    arena_free(arena);
}

static void what_was_taken_is_counted(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    assert_int_equal(arena_used(arena), 0);
    (void) arena_take(arena, 0, 8);
    (void) arena_take(arena, 8, 0);
    assert_int_equal(arena_used(arena), 0);
    (void) arena_take(arena, 3, 5);
    assert_int_equal(arena_used(arena), 16);
    arena_free(arena);
}

static void a_copied_string_is_its_own(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    char original[] = "3号库";
    const char *copy = arena_copy(arena, original);
    memset(original, 'x', 1);
    assert_string_equal(copy, "3号库");
    assert_string_equal(arena_copy(arena, ""), "");
    arena_free(arena);
    arena_free(NULL);
}

static void a_formatted_string_has_its_own_length(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    assert_string_equal(arena_format(arena, "%s/%s:%d", "w3", "th1", 12), "w3/th1:12");
    assert_string_equal(arena_format(arena, "%s", ""), "");
    size_t used = arena_used(arena);
    assert_int_equal(strlen(arena_format(arena, "%*s", 5000, "")), 5000);
    assert_true(arena_used(arena) - used > 5000);
    arena_free(arena);
}

static void a_growing_array_keeps_its_items(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    int32_t *items = NULL;
    int32_t max = 0;
    for (int32_t i = 0; i < 1000; i++) {
        int32_t *before = items;
        int32_t max_before = max;
        items = arena_grow(arena, items, i, &max, sizeof *items);
        assert_int_equal(items == before, i < max_before);
        assert_true(max > i && max <= 1024);
        items[i] = i;
    }
    for (int32_t i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    arena_free(arena);
}

static void expect_abort(void (*act)(struct arena *arena))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void) close(STDERR_FILENO);
        (void) signal(SIGABRT, SIG_DFL);
        act(arena_new());
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* Runs in a child, whose last words go nowhere. */
static void take_after_freeze(struct arena *arena)
{
    arena_freeze(arena);
    (void) arena_take(arena, 1, 1);
}

static void take_too_much(struct arena *arena)
{
    (void) arena_take(arena, SIZE_MAX / 4, 8);
}

static void our_own_mistakes_stop_us(void **state)
{
    (void) state;
    expect_abort(take_after_freeze);
    expect_abort(take_too_much);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_formatted_string_has_its_own_length),
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_big_piece_leaves_room_for_small_ones),
        cmocka_unit_test(what_was_taken_is_counted),
        cmocka_unit_test(a_copied_string_is_its_own),
        cmocka_unit_test(a_growing_array_keeps_its_items),
        cmocka_unit_test(our_own_mistakes_stop_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
