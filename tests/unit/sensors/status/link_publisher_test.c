#include "sensors/status/link_publisher.h"

#include <string.h>

#include "gateway/base/timers.h"
#include "tests/unit/expect.h"

static const struct profile profile = {.read_count = 1, .point_count = 1, .point = {{.read = 0}}};
static const struct link_device devices[] = {{.profile = &profile, .first_point = 0},
                                             {.profile = &profile, .first_point = 1}};
static const struct link_settings settings = {.device_count = 2, .device = devices};
static const struct link_counters counters = {.requests = 7};
static const struct decode_value value = {.value = 1.5, .quality = QUALITY_GOOD};

struct rig {
    struct arena *arena;
    struct status_board *board;
    struct wire_callbacks callbacks;
    struct link_publisher publisher;
    bool is_full;
    int32_t reading_count, change_count;
    struct link_change change; /* the last */
};

static bool post_readings(void *context, const struct reading *reading, int32_t count)
{
    (void) reading;
    struct rig *rig = context;
    rig->reading_count += rig->is_full ? 0 : count;
    return !rig->is_full;
}

static bool post_link(void *context, const struct link_change *change)
{
    struct rig *rig = context;
    rig->change_count += rig->is_full ? 0 : 1;
    rig->change = rig->is_full ? rig->change : *change;
    return !rig->is_full;
}

static void start(struct rig *rig)
{
    *rig = (struct rig){.arena = arena_new()};
    rig->callbacks = (struct wire_callbacks){
        .context = rig, .post_readings = post_readings, .post_link = post_link};
    rig->board = status_board_new(rig->arena, &settings, 1);
    link_publisher_init(&rig->publisher, rig->arena, &rig->callbacks, &settings, rig->board, 0);
}

static void stop(struct rig *rig)
{
    status_board_close(rig->board);
    arena_free(rig->arena);
}

static us_t take(struct rig *rig, const struct link_result *result)
{
    struct link_result whole = *result;
    whole.values = &value;
    whole.counters = &counters;
    whole.suspicion = "odd";
    return link_publisher_take(&rig->publisher, &whole);
}

static void a_result_stands_on_the_board_as_it_came(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    const struct link_result result = {.device = 1,
                                       .at = 5 * US_PER_SECOND,
                                       .reason = REASON_TIMEOUT,
                                       .health = DEVICE_DOWN,
                                       .probe_at = 9 * US_PER_SECOND};
    assert_int_equal(take(&rig, &result), 0);
    assert_int_equal(rig.reading_count, 1);
    const struct device_status device = status_board_device(rig.board, 0, 1);
    assert_int_equal(device.health, DEVICE_DOWN);
    assert_int_equal(device.probe_at, 9 * US_PER_SECOND);
    assert_int_equal(device.reason, REASON_TIMEOUT);
    assert_int_equal(device.answered_at, 0);
    const struct link_status link = status_board_link(rig.board, 0);
    assert_string_equal(link.suspicion, "odd");
    assert_int_equal(link.counters.requests, 7);
    assert_false(link.is_up);
    stop(&rig);
}

static void an_answer_brings_a_link_up_once(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    const struct link_result result = {.at = US_PER_SECOND, .is_answered = true, .rtt_us = 3};
    assert_int_equal(take(&rig, &result), 0);
    assert_true(rig.change.is_up && status_board_link(rig.board, 0).is_up);
    assert_int_equal(status_board_device(rig.board, 0, 0).rtt_us, 3);
    assert_int_equal(take(&rig, &result), 0);
    assert_int_equal(rig.change_count, 1);
    stop(&rig);
}

static void an_exception_brings_a_link_up_too(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    const struct link_result result = {.at = US_PER_SECOND, .reason = REASON_EXCEPTION};
    assert_int_equal(take(&rig, &result), 0);
    assert_true(rig.change.is_up);
    stop(&rig);
}

static void a_mute_link_is_down_and_says_why(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    link_publisher_turn(&rig.publisher, true, US_PER_SECOND);
    const struct link_result result = {
        .at = 2 * US_PER_SECOND, .reason = REASON_TIMEOUT, .is_mute = true};
    assert_int_equal(take(&rig, &result), 0);
    assert_int_equal(rig.change_count, 2);
    assert_false(rig.change.is_up);
    assert_non_null(strstr(rig.change.text, "总线"));
    const struct link_past past = status_board_link_past(rig.board, 0);
    assert_int_equal(past.failed_at, 2 * US_PER_SECOND);
    stop(&rig);
}

static void without_room_the_link_is_held_and_readings_are_offered_again(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    link_publisher_turn(&rig.publisher, true, 0);
    rig.is_full = true;
    const struct link_result result = {.at = US_PER_SECOND, .is_answered = true};
    us_t room_at = take(&rig, &result);
    assert_int_equal(room_at, US_PER_SECOND + 10 * US_PER_MS);
    assert_true(link_publisher_is_waiting(&rig.publisher));
    assert_int_equal(link_publisher_offer(&rig.publisher, room_at - 1), 0); /* not yet */
    assert_int_equal(link_publisher_offer(&rig.publisher, room_at), room_at + 10 * US_PER_MS);
    rig.is_full = false;
    assert_int_equal(link_publisher_offer(&rig.publisher, room_at + 10 * US_PER_MS), 0);
    assert_false(link_publisher_is_waiting(&rig.publisher));
    assert_int_equal(rig.reading_count, 1);
    assert_int_equal(rig.publisher.again_at, TIMERS_NEVER);
    stop(&rig);
}

static void a_change_without_room_is_offered_again(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    rig.is_full = true;
    link_publisher_turn(&rig.publisher, true, US_PER_SECOND);
    assert_int_equal(rig.change_count, 0);
    rig.is_full = false;
    assert_int_equal(link_publisher_offer(&rig.publisher, rig.publisher.again_at), 0);
    assert_int_equal(rig.change_count, 1);
    assert_true(rig.change.is_up);
    stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_stands_on_the_board_as_it_came),
        cmocka_unit_test(an_answer_brings_a_link_up_once),
        cmocka_unit_test(an_exception_brings_a_link_up_too),
        cmocka_unit_test(a_mute_link_is_down_and_says_why),
        cmocka_unit_test(without_room_the_link_is_held_and_readings_are_offered_again),
        cmocka_unit_test(a_change_without_room_is_offered_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
