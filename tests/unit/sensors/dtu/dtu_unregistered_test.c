#include "sensors/dtu/dtu_unregistered.h"

#include <string.h>

#include "tests/unit/expect.h"

static struct ip_address from(const char *text)
{
    struct ip_network net;
    assert_true(ip_network_parse(text, &net));
    return net.base;
}

static void when_all_seats_are_taken_the_oldest_has_to_leave(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct dtu_unregistered *unregistered =
        dtu_unregistered_new(arena, &(struct dtu_unregistered_limits){.all = 3, .from_source = 3});
    struct ip_address a = from("10.0.0.1");
    struct ip_address b = from("10.0.0.2");
    int32_t first = dtu_unregistered_take(unregistered, &a);
    int32_t second = dtu_unregistered_take(unregistered, &b);
    assert_int_equal(dtu_unregistered_crowded(unregistered, &a), -1);
    (void) dtu_unregistered_take(unregistered, &a);
    assert_int_equal(dtu_unregistered_count(unregistered), 3);
    assert_int_equal(dtu_unregistered_crowded(unregistered, &b), first);
    dtu_unregistered_leave(unregistered, first);
    assert_int_equal(dtu_unregistered_crowded(unregistered, &b), -1);
    assert_int_equal(dtu_unregistered_take(unregistered, &b), first);
    assert_int_equal(dtu_unregistered_crowded(unregistered, &a), second);
    arena_free(arena);
}

static void a_flood_from_one_address_pushes_out_its_own(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct dtu_unregistered *unregistered =
        dtu_unregistered_new(arena, &(struct dtu_unregistered_limits){.all = 10, .from_source = 2});
    struct ip_address good = from("10.0.0.1");
    struct ip_address flood = from("10.0.0.2");
    (void) dtu_unregistered_take(unregistered, &good);
    int32_t own[2] = {dtu_unregistered_take(unregistered, &flood),
                      dtu_unregistered_take(unregistered, &flood)};
    for (int i = 0; i < 100; i++) {
        int32_t out = dtu_unregistered_crowded(unregistered, &flood);
        assert_int_equal(out, own[i % 2]);
        dtu_unregistered_leave(unregistered, out);
        own[i % 2] = dtu_unregistered_take(unregistered, &flood);
    }
    assert_int_equal(dtu_unregistered_count(unregistered), 3);
    assert_int_equal(dtu_unregistered_crowded(unregistered, &good), -1);
    arena_free(arena);
}

enum { ALL = 37, EACH = 5, SOURCES = 60, ROUNDS = 20000 };

/* Who sits where since when, as a plain list. */
struct list {
    int since[ALL]; /* 0: free */
    int source[ALL];
};

/* How many there are of this source, or of all (-1), and the oldest of them. */
static int count_of(const struct list *list, int source, int32_t *ret_oldest)
{
    int count = 0;
    int32_t oldest = -1;
    for (int32_t i = 0; i < ALL; i++) {
        if (list->since[i] != 0 && (source < 0 || list->source[i] == source)) {
            count++;
            oldest = oldest < 0 || list->since[i] < list->since[oldest] ? i : oldest;
        }
    }
    *ret_oldest = oldest;
    return count;
}

static int32_t who_must_leave(const struct list *list, int source)
{
    int32_t oldest = -1;
    if (count_of(list, source, &oldest) >= EACH) {
        return oldest;
    }
    return count_of(list, -1, &oldest) == ALL ? oldest : -1;
}

static void leave(struct dtu_unregistered *unregistered, struct list *list, int32_t seat)
{
    if (list->since[seat] != 0) {
        dtu_unregistered_leave(unregistered, seat);
        list->since[seat] = 0;
    }
}

static void take(struct dtu_unregistered *unregistered, struct list *list, int which, int round)
{
    struct ip_address source = {.bytes = {[15] = (uint8_t) which}};
    int32_t seat = dtu_unregistered_take(unregistered, &source);
    assert_int_equal(list->since[seat], 0);
    list->since[seat] = round;
    list->source[seat] = which;
}

static void it_agrees_with_a_plain_list(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct dtu_unregistered *unregistered =
        dtu_unregistered_new(arena, &(struct dtu_unregistered_limits){ALL, EACH});
    struct list list = {0};
    uint32_t dice = 11;
    for (int round = 1; round <= ROUNDS; round++) {
        dice = dice * 1664525U + 1013904223U;
        int which = (int) (dice >> 8) % SOURCES;
        struct ip_address source = {.bytes = {[15] = (uint8_t) which}};
        int32_t ignored = 0;
        int32_t out = dtu_unregistered_crowded(unregistered, &source);
        assert_int_equal(out, who_must_leave(&list, which));
        assert_int_equal(dtu_unregistered_count(unregistered), count_of(&list, -1, &ignored));
        leave(unregistered, &list, out >= 0 ? out : (int32_t) (dice >> 16) % ALL);
        if (dtu_unregistered_crowded(unregistered, &source) < 0) {
            take(unregistered, &list, which, round);
        }
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_all_seats_are_taken_the_oldest_has_to_leave),
        cmocka_unit_test(a_flood_from_one_address_pushes_out_its_own),
        cmocka_unit_test(it_agrees_with_a_plain_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
