#include "gateway/core/engine.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/core/tables/engine_memory.h"
#include "tests/scenarios/player/notebook.h"
#include "tests/scenarios/player/town.h"
#include "tests/unit/expect.h"

#define AT 1784354700000

struct room {
    struct town *town;
    struct arena *arena;
    struct engine *engine;
    struct effects *effects;
    struct notebook book;
    ms_t now;
};

/* One grid worker, one cadre, and `sites` sites of four thermometers. */
static void build_town(struct room *room, int sites)
{
    *room = (struct room){.town = town_new(), .now = AT};
    room->effects = calloc(1, sizeof *room->effects);
    assert_non_null(room->effects);
    struct town *town = room->town;
    town_add_person(town, "wang", "王某", "+8613800000001");
    town_add_person(town, "li", "李某", "+8613800000002");
    town_add_area(town, "v", "village", "桂桥村", "");
    town_add_area(town, "g", "grid", "三组网格", "v");
    town_add_duty(town, "v", "li");
    town_add_duty(town, "g", "wang");
    for (int i = 0; i < sites; i++) {
        char id[16];
        (void) snprintf(id, sizeof id, "s%d", i);
        town_add_site(town, id, id, "g");
        for (int k = 0; k < 4; k++) {
            (void) snprintf(id, sizeof id, "d%d", k);
            town_add_device(town, id, id, "bus1", 5000);
            (void) town_add_point(town, "temperature", "degC", 1, 600000);
        }
    }
    (void) town_add_rule(town, "hot", SEVERITY_MINOR, "temperature", "value >= 40", NULL);
}

static void start(struct room *room)
{
    if (room->town->policy.judgement_count == 0) {
        (void) town_finish(room->town);
    }
    arena_free(room->arena);
    room->arena = arena_new();
    room->engine = notebook_restore(&room->book, room->arena, &room->town->policy);
    arena_freeze(room->arena);
    engine_start(room->engine, room->now, room->effects);
    notebook_write(&room->book, room->effects);
}

static void tear_down(struct room *room)
{
    notebook_close(&room->book);
    arena_free(room->arena);
    town_free(room->town);
    free(room->effects);
}

static void step(struct room *room, struct event *event)
{
    event->at = room->now;
    engine_step(room->engine, event, room->effects);
    assert_true(room->effects->count <= EFFECTS_MAX);
    notebook_write(&room->book, room->effects);
}

static void tick(struct room *room)
{
    struct event event = {.kind = EVENT_TICK};
    step(room, &event);
}

static void tick_until(struct room *room, ms_t until)
{
    while (engine_deadline(room->engine) <= until) {
        room->now = max_ms(room->now, engine_deadline(room->engine));
        tick(room);
    }
    room->now = until;
}

static void read_all(struct room *room, int32_t count, double value)
{
    struct reading readings[READINGS_MAX];
    for (int32_t i = 0; i < count; i++) {
        readings[i] = (struct reading){.point = i, .at = room->now, .value = value};
    }
    struct event event = {.kind = EVENT_READINGS,
                          .readings = {.reading = readings, .count = count}};
    step(room, &event);
    notebook_put_readings(&room->book, readings, count);
}

static int32_t count_open(const struct room *room)
{
    int32_t count = 0;
    for (int32_t i = 0; i < engine_incident_count(room->engine); i++) {
        count += engine_incident_at(room->engine, i)->state != INCIDENT_CLOSED ? 1 : 0;
    }
    return count;
}

static int32_t count_effects(const struct room *room, enum effect_kind kind)
{
    int32_t count = 0;
    for (int32_t i = 0; i < room->effects->count; i++) {
        count += room->effects->item[i].kind == kind ? 1 : 0;
    }
    return count;
}

static void a_flood_is_worked_off_in_several_steps(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 32);
    for (int i = 0; i < 6; i++) {
        char id[16];
        (void) snprintf(id, sizeof id, "more%d", i);
        (void) town_add_rule(room.town, id, SEVERITY_CRITICAL, "temperature", "value >= 30", NULL);
    }
    start(&room);
    read_all(&room, 128, 50);
    assert_true(count_open(&room) < 128 * 7); /* more than one step has room for */
    int steps = 1;
    for (; engine_deadline(room.engine) <= room.now; steps++) {
        tick(&room);
    }
    assert_int_equal(count_open(&room), 128 * 7);
    assert_true(steps > 2);
    tear_down(&room);
}

static void devices_that_all_speak_again_end_their_silence_in_several_steps(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 32);
    start(&room);
    tick_until(&room, AT + 11 * MS_PER_MINUTE);
    assert_int_equal(count_open(&room), 128);
    read_all(&room, 128, 20);
    tick_until(&room, room.now + 1);
    for (int32_t i = 0; i < engine_incident_count(room.engine); i++) {
        assert_int_equal(engine_incident_at(room.engine, i)->condition, CONDITION_NORMAL);
    }
    tear_down(&room);
}

static void an_ack_has_room_for_everything_that_waits(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    for (int i = 0; i < 14; i++) { /* with the other two: full duty lists */
        char id[16];
        char phone[24];
        (void) snprintf(id, sizeof id, "p%d", i);
        (void) snprintf(phone, sizeof phone, "+86139000000%02d", i);
        town_add_person(room.town, id, id, phone);
        town_add_duty(room.town, i % 2 == 0 ? "g" : "v", id);
    }
    room.town->policy.escalation[SEVERITY_MINOR].repeat_ms = MS_PER_MINUTE;
    start(&room);
    for (int i = 0; i < 300; i++) { /* no message ever leaves */
        read_all(&room, 1, 50);
        tick_until(&room, room.now + 9 * MS_PER_MINUTE);
    }
    char text[16];
    (void) snprintf(text, sizeof text, "1 %s", engine_incident(room.engine, 1)->code);
    struct event event = {.kind = EVENT_REPLY,
                          .reply = {.from = "+8613800000001", .text = text, .key = "k"}};
    step(&room, &event);
    assert_int_equal(count_effects(&room, EFFECT_CANCEL),
                     8 + 8 + 8); /* alarm, 已转上级, escalation */
    tear_down(&room);
}

static void when_all_places_are_open_a_note_says_so_and_it_opens_later(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    (void) town_finish(room.town);
    room.arena = arena_new();
    room.engine = engine_new(room.arena, &room.town->policy);
    for (int64_t id = 1; id <= INCIDENTS_MAX; id++) {
        struct incident incident = {.id = id, .rule = "gone", .point = "s9/d9/x"};
        incident.condition = CONDITION_ACTIVE;
        incident.state = INCIDENT_ACKED;
        engine_adopt_incident(room.engine, &incident);
    }
    engine_start(room.engine, room.now, room.effects);
    read_all(&room, 1, 50);
    assert_int_equal(count_effects(&room, EFFECT_NOTE), 1);
    assert_int_equal(count_effects(&room, EFFECT_INCIDENT), 0);
    /* A rule that the config no longer has never says that it is over: a person may close it. */
    struct event event = {.kind = EVENT_COMMAND,
                          .command = {.ticket = 5,
                                      .verb = COMMAND_CLOSE,
                                      .incident = 77,
                                      .actor = "zhao",
                                      .person = "",
                                      .channel = "web",
                                      .note = ""}};
    step(&room, &event);
    room.now += MS_PER_MINUTE;
    read_all(&room, 1, 50);
    assert_non_null(engine_incident(room.engine, INCIDENTS_MAX + 1));
    assert_null(engine_incident(room.engine, 77));
    tear_down(&room);
}

static void a_batch_is_judged_as_a_whole(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    const struct reading readings[] = {{.point = 0, .at = AT, .value = 50},
                                       {.point = 0, .at = AT, .value = 20}};
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = readings, .count = 2}};
    step(&room, &event);
    assert_int_equal(count_open(&room), 0);
    tear_down(&room);
}

static void a_late_reading_changes_no_present_value(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    room.now = AT + 10000;
    read_all(&room, 1, 20);
    const struct reading late = {.point = 0, .at = AT + 5000, .value = 50};
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = &late, .count = 1}};
    step(&room, &event);
    assert_int_equal(count_open(&room), 0);
    expect_near(engine_point(room.engine, 0).reading.value, 20, 0);
    tear_down(&room);
}

static void an_uncertain_value_is_judged_and_a_bad_one_is_not(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    const struct reading readings[] = {
        {.point = 0, .at = AT, .value = 50, .quality = QUALITY_UNCERTAIN},
        {.point = 1, .at = AT, .value = 0, .quality = QUALITY_BAD, .reason = REASON_SENTINEL}};
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = readings, .count = 2}};
    step(&room, &event);
    assert_int_equal(count_open(&room), 1);
    assert_int_equal(engine_point(room.engine, 0).condition, CONDITION_ACTIVE);
    assert_int_equal(engine_point(room.engine, 1).condition, CONDITION_NORMAL);
    assert_true(engine_point(room.engine, 1).good_at == 0);
    tear_down(&room);
}

static void it_wants_a_tick_at_least_each_second(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    assert_true(engine_deadline(room.engine) <= AT + MS_PER_SECOND);
    room.now += 400;
    tick(&room);
    assert_true(engine_deadline(room.engine) <= room.now + MS_PER_SECOND);
    tear_down(&room);
}

static void a_silent_device_shows_at_all_its_points(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    read_all(&room, 4, 20);
    tick_until(&room, AT + 5 * MS_PER_MINUTE);
    struct reading reading = {.point = 0, .at = room.now, .value = 20};
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = &reading, .count = 1}};
    step(&room, &event);
    tick_until(&room, AT + 10 * MS_PER_MINUTE);
    assert_false(engine_point(room.engine, 0).is_silent);
    assert_true(engine_point(room.engine, 1).is_silent);
    assert_int_equal(engine_point(room.engine, 1).condition, CONDITION_UNKNOWN);
    tear_down(&room);
}

static void ids_go_on_after_a_restart(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    read_all(&room, 2, 50);
    start(&room);
    read_all(&room, 3, 50);
    assert_non_null(engine_incident(room.engine, 3));
    assert_null(engine_incident(room.engine, 4));
    assert_true(room.book.last_message == 3);
    tear_down(&room);
}

static void an_owed_message_is_cancelled_by_an_ack_after_the_restart(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 1);
    start(&room);
    read_all(&room, 1, 50);
    start(&room);
    struct event event = {.kind = EVENT_REPLY,
                          .reply = {.from = "13800000001", .text = "1", .key = "k"}};
    step(&room, &event);
    assert_int_equal(count_effects(&room, EFFECT_CANCEL), 1);
    assert_int_equal(engine_incident(room.engine, 1)->state, INCIDENT_ACKED);
    tear_down(&room);
}

static void a_thousand_late_incidents_are_merged_within_seconds(void **state)
{
    (void) state;
    struct room room;
    build_town(&room, 32);
    for (int i = 0; i < 6; i++) {
        char id[16];
        (void) snprintf(id, sizeof id, "more%d", i);
        (void) town_add_rule(room.town, id, SEVERITY_MINOR, "temperature", "value >= 30", NULL);
    }
    start(&room);
    read_all(&room, 128, 50);
    tick_until(&room, AT + 1);
    room.now = AT + MS_PER_HOUR;
    int32_t before = room.book.message_count;
    start(&room);
    tick_until(&room, room.now + 20);
    for (int32_t i = 0; i < engine_incident_count(room.engine); i++) {
        assert_int_equal(engine_incident_at(room.engine, i)->level, 1);
    }
    assert_true(room.book.message_count - before <= 2 * 4); /* two people, a few steps */
    tear_down(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_is_worked_off_in_several_steps),
        cmocka_unit_test(devices_that_all_speak_again_end_their_silence_in_several_steps),
        cmocka_unit_test(an_ack_has_room_for_everything_that_waits),
        cmocka_unit_test(when_all_places_are_open_a_note_says_so_and_it_opens_later),
        cmocka_unit_test(a_batch_is_judged_as_a_whole),
        cmocka_unit_test(a_late_reading_changes_no_present_value),
        cmocka_unit_test(an_uncertain_value_is_judged_and_a_bad_one_is_not),
        cmocka_unit_test(it_wants_a_tick_at_least_each_second),
        cmocka_unit_test(a_silent_device_shows_at_all_its_points),
        cmocka_unit_test(ids_go_on_after_a_restart),
        cmocka_unit_test(an_owed_message_is_cancelled_by_an_ack_after_the_restart),
        cmocka_unit_test(a_thousand_late_incidents_are_merged_within_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
