#include "gateway/core/tables/index.h"

#include "tests/unit/expect.h"

static void each_list_keeps_its_items_in_order(void **state)
{
    (void) state;
    static const int32_t pairs[][2] = {{2, 7}, {0, 5}, {2, 3}, {0, 9}, {2, 1}};
    struct arena *arena = arena_new();
    struct index index = index_new(arena, 3);
    for (int i = 0; i < 5; i++) {
        index_count(&index, pairs[i][0]);
    }
    index_reserve(&index, arena, 3);
    for (int i = 0; i < 5; i++) {
        index_add(&index, pairs[i][0], pairs[i][1]);
    }
    static const int32_t items[] = {5, 9, 7, 3, 1};
    assert_memory_equal(index.item, items, sizeof items);
    static const int32_t first[] = {0, 2, 2, 5};
    assert_memory_equal(index.first, first, sizeof first);
    arena_free(arena);
}

static void lists_without_items_are_empty(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct index index = index_new(arena, 0);
    index_reserve(&index, arena, 0);
    assert_int_equal(index.first[0], 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_list_keeps_its_items_in_order),
        cmocka_unit_test(lists_without_items_are_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
