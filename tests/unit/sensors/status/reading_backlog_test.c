#include "sensors/status/reading_backlog.h"

#include "tests/unit/expect.h"

/* A profile of two blocks: points 0 and 2 stand in the first, 1 in the second; a third block has no
 * point. */
static const struct profile profile = {
    .read_count = 3, .point_count = 3, .point = {{.read = 0}, {.read = 1}, {.read = 0}}};
static const struct link_device devices[] = {{.profile = &profile, .first_point = 10},
                                             {.profile = &profile, .first_point = 20}};
static const struct link_settings settings = {.device_count = 2, .device = devices};
static const struct decode_value values[] = {
    {.value = 1.5, .quality = QUALITY_GOOD},
    {.value = 2.5, .quality = QUALITY_UNCERTAIN, .reason = REASON_RATED},
    {.quality = QUALITY_BAD, .reason = REASON_SENTINEL}};

struct sink {
    int32_t room; /* blocks it takes */
    int32_t count;
    struct reading reading[64];
    int32_t blocks;
};

static bool take(void *context, const struct reading *reading, int32_t count)
{
    struct sink *sink = context;
    if (sink->room == 0) {
        return false;
    }
    sink->room--;
    sink->blocks++;
    for (int32_t i = 0; i < count; i++) {
        sink->reading[sink->count++] = reading[i];
    }
    return true;
}

static struct link_result result_of(int32_t device, int32_t read, us_t at)
{
    return (struct link_result){.device = device, .read = read, .at = at, .values = values};
}

static void a_result_becomes_the_readings_of_its_block_only(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct reading_backlog *backlog = reading_backlog_new(arena, &settings);
    struct sink sink = {.room = 9};
    struct wire_callbacks callbacks = {.context = &sink, .post_readings = take};
    struct link_result result = result_of(1, 0, 1234567);
    reading_backlog_put(backlog, &result, &callbacks);
    assert_int_equal(sink.blocks, 1);
    assert_int_equal(sink.count, 2);
    assert_int_equal(sink.reading[0].point, 20);
    assert_int_equal(sink.reading[0].at, 1234);
    expect_near(sink.reading[0].value, 1.5, 0);
    assert_int_equal(sink.reading[1].point, 22);
    assert_int_equal(sink.reading[1].quality, QUALITY_BAD);
    assert_int_equal(sink.reading[1].reason, REASON_SENTINEL);
    result = result_of(1, 2, 1234567);
    reading_backlog_put(backlog, &result, &callbacks);
    assert_int_equal(sink.blocks, 1); /* a block without points is no news */
    assert_true(reading_backlog_is_empty(backlog));
    arena_free(arena);
}

static void what_finds_no_room_waits_in_order_and_in_blocks(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct reading_backlog *backlog = reading_backlog_new(arena, &settings);
    struct sink sink = {.room = 0};
    struct wire_callbacks callbacks = {.context = &sink, .post_readings = take};
    for (int32_t i = 0; i < 4; i++) {
        struct link_result result = result_of(i / 2, i % 2, i * US_PER_MS);
        reading_backlog_put(backlog, &result, &callbacks);
        sink.room = i == 1 ? 1 : 0; /* the third could be taken, but must not overtake */
    }
    sink.room = 0;
    assert_false(reading_backlog_is_empty(backlog));
    assert_false(reading_backlog_flush(backlog, &callbacks));
    sink.room = 3;
    assert_false(reading_backlog_flush(backlog, &callbacks));
    assert_int_equal(sink.blocks, 3);
    sink.room = 3;
    assert_true(reading_backlog_flush(backlog, &callbacks));
    assert_int_equal(sink.blocks, 4);
    const int32_t points[] = {10, 12, 11, 20, 22, 21};
    assert_int_equal(sink.count, 6);
    for (int32_t i = 0; i < 6; i++) {
        assert_int_equal(sink.reading[i].point, points[i]);
    }
    arena_free(arena);
}

static void two_results_of_one_millisecond_keep_two_times(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct reading_backlog *backlog = reading_backlog_new(arena, &settings);
    struct sink sink = {.room = 9};
    struct wire_callbacks callbacks = {.context = &sink, .post_readings = take};
    struct link_result result = result_of(1, 0, 1234100);
    reading_backlog_put(backlog, &result, &callbacks);
    result.at = 1234900; /* a late reply and the next one came together */
    reading_backlog_put(backlog, &result, &callbacks);
    assert_int_equal(sink.count, 4);
    assert_int_equal(sink.reading[0].at, 1234);
    assert_int_equal(sink.reading[2].at, 1235);
    arena_free(arena);
}

/* The largest block was under way; then the link closed, twice, and each block said so. */
static void as_much_as_can_come_has_room_and_no_more_is_taken(void **state)
{
    (void) state;
    struct arena *arena = arena_new();
    struct reading_backlog *backlog = reading_backlog_new(arena, &settings);
    assert_true(arena_used(arena) <= 640); /* for the largest block, not for PROFILE_POINTS_MAX */
    struct sink sink = {.room = 0};
    struct wire_callbacks callbacks = {.context = &sink, .post_readings = take};
    struct link_result result = result_of(0, 0, 0);
    reading_backlog_put(backlog, &result, &callbacks);
    for (int32_t i = 0; i < 8; i++) {
        result = result_of(i / 2 % 2, i % 2, i * US_PER_MS);
        reading_backlog_put(backlog, &result, &callbacks);
    }
    sink.room = 9;
    assert_true(reading_backlog_flush(backlog, &callbacks));
    assert_int_equal(sink.count, 2 + 12);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_much_as_can_come_has_room_and_no_more_is_taken),
        cmocka_unit_test(a_result_becomes_the_readings_of_its_block_only),
        cmocka_unit_test(two_results_of_one_millisecond_keep_two_times),
        cmocka_unit_test(what_finds_no_room_waits_in_order_and_in_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
