#include "gateway/core/detect/safe_range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/engine.h"
#include "tests/scenarios/player/same_effect.h"
#include "tests/scenarios/player/town.h"
#include "tests/unit/expect.h"

#define AT 1784354700000

enum { DEVICES = 4, LAST = 3 * DEVICES - 1, LIVES = 40, STEPS = 1000 };

/* Two engines that hear the same. The second judges every reading: none of its points ever
 * rests. */
struct pair {
    struct town *town;
    struct arena *arena;
    struct engine *engine, *tireless;
    struct effects *effects, *tireless_effects;
    ms_t now;
    uint64_t random;
};

static uint64_t draw(struct pair *pair, uint64_t below)
{
    pair->random = pair->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (pair->random >> 33U) % below;
}

static struct engine *start_one(struct pair *pair, struct effects **ret_effects)
{
    *ret_effects = calloc(1, sizeof **ret_effects);
    assert_non_null(*ret_effects);
    struct engine *engine = engine_new(pair->arena, &pair->town->policy);
    engine_start(engine, pair->now, *ret_effects);
    return engine;
}

static void open_pair(struct pair *pair, uint64_t seed)
{
    *pair = (struct pair){.town = town_new(), .arena = arena_new(), .now = AT, .random = seed};
    struct town *town = pair->town;
    town_add_person(town, "wang", "王某", "+8613800000001");
    town_add_area(town, "g", "grid", "三组网格", "");
    town_add_duty(town, "g", "wang");
    town_add_site(town, "s", "3号库", "g");
    for (int i = 0; i < DEVICES - 1; i++) {
        char id[16];
        (void) snprintf(id, sizeof id, "d%d", i);
        town_add_device(town, id, id, "bus1", 5000);
        (void) town_add_point(town, "temperature", "degC", 1, MS_PER_MINUTE);
        (void) town_add_point(town, "humidity", "%RH", 1, MS_PER_MINUTE);
        (void) town_add_point(town, "distance", "m", 2, MS_PER_MINUTE);
    }
    struct policy_rule *hot =
        town_add_rule(town, "hot", SEVERITY_MINOR, "temperature", "value >= 40", "value < 39");
    hot->hold_ms = 20000;
    hot->clear_hold_ms = 30000;
    town_add_rule(town, "fire", SEVERITY_CRITICAL, "temperature", "60 <= value", NULL)->is_latched =
        true;
    (void) town_add_rule(town, "close", SEVERITY_MAJOR, "distance", "value > 0.1 and value <= 0.45",
                         "value > 0.5");
    (void) town_add_rule(town, "damp", SEVERITY_NOTICE, "humidity", "value < 20 or value > 85",
                         NULL);
    town_add_site(town, "t", "4号库", "g");
    town_add_device(town, "d3", "d3", "bus1", 5000);
    (void) town_add_point(town, "temperature", "degC", 1, MS_PER_MINUTE);
    (void) town_add_point(town, "humidity", "%RH", 1, MS_PER_MINUTE);
    (void) town_add_point(town, "gap", "m", 2, MS_PER_MINUTE);
    (void) town_add_rule(town, "near", SEVERITY_MINOR, "gap", "value < 0.45 or temperature > 35",
                         "humidity < 70");
    (void) town_finish(town);
    pair->engine = start_one(pair, &pair->effects);
    pair->tireless = start_one(pair, &pair->tireless_effects);
    for (int32_t i = 0; i < town->policy.point_count; i++) {
        pair->tireless->point[i].restless_count++;
    }
}

static void close_pair(struct pair *pair)
{
    free(pair->effects);
    free(pair->tireless_effects);
    arena_free(pair->arena);
    town_free(pair->town);
}

static void play(struct pair *pair, struct event *event)
{
    event->at = pair->now;
    engine_step(pair->engine, event, pair->effects);
    engine_step(pair->tireless, event, pair->tireless_effects);
    assert_int_equal(pair->effects->count, pair->tireless_effects->count);
    for (int32_t i = 0; i < pair->effects->count; i++) {
        assert_true(same_effect_is(&pair->effects->item[i], &pair->tireless_effects->item[i]));
    }
    for (int32_t i = 0; i < pair->town->policy.point_count; i++) {
        assert_int_equal(engine_point(pair->engine, i).condition,
                         engine_point(pair->tireless, i).condition);
    }
}

/* Mostly far from the limits, often right at one of them, sometimes none. */
static struct reading reading_of(struct pair *pair, int32_t point)
{
    static const double limits[][4] = {{39, 40, 60, 20}, {20, 80, 85, 50}, {0.1, 0.45, 0.5, 2}};
    struct reading reading = {.point = point, .at = pair->now, .value = limits[point % 3][3]};
    uint64_t kind = draw(pair, 300);
    if (kind < 8) {
        double limit = limits[point % 3][draw(pair, 3)];
        reading.value = kind < 3 ? limit : nextafter(limit, kind < 6 ? HUGE_VAL : -HUGE_VAL);
    } else if (kind == 8) {
        reading.quality = QUALITY_BAD;
        reading.value = 0;
    } else if (kind == 9) {
        reading.at -= (ms_t) draw(pair, 200000); /* late, perhaps stale already */
        reading.value = limits[point % 3][1] + 1;
    } else if (kind == 10) {
        reading.value = 1e300;
    }
    return reading;
}

static void read_some(struct pair *pair, int32_t first)
{
    struct reading readings[3] UNINITIALIZED;
    for (int32_t i = 0; i < 3; i++) {
        readings[i] = reading_of(pair, first + i);
    }
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = readings, .count = 3}};
    play(pair, &event);
}

static void command_some(struct pair *pair)
{
    static const enum command_verb verbs[] = {COMMAND_ACK, COMMAND_ARRIVE, COMMAND_RECTIFY,
                                              COMMAND_REINSPECT, COMMAND_CLOSE};
    int32_t count = engine_incident_count(pair->engine);
    const struct incident *incident =
        count == 0 ? NULL
                   : engine_incident_at(pair->engine, (int32_t) draw(pair, (uint64_t) count));
    struct event event = {.kind = EVENT_COMMAND,
                          .command = {.verb = verbs[draw(pair, 5)],
                                      .incident = incident == NULL ? 0 : incident->id,
                                      .actor = "wang",
                                      .person = "wang",
                                      .channel = "web",
                                      .note = "好"}};
    play(pair, &event);
}

static void maintain_one(struct pair *pair)
{
    struct event event = {.kind = EVENT_COMMAND,
                          .command = {.verb = COMMAND_MAINTAIN,
                                      .actor = "li",
                                      .person = "",
                                      .channel = "web",
                                      .note = "换探头",
                                      .device = "s/d1",
                                      .until = pair->now + (ms_t) draw(pair, 100000)}};
    play(pair, &event);
}

/* Returns how many readings met a point at rest. */
static int32_t live(struct pair *pair)
{
    int32_t resting = 0;
    for (int i = 0; i < STEPS; i++) {
        pair->now += (ms_t) draw(pair, 4000);
        uint64_t kind = draw(pair, 100);
        if (kind == 0) {
            pair->now += (ms_t) draw(pair, 300000); /* a silence */
        } else if (kind == 1) {
            command_some(pair);
        } else if (kind == 2) {
            maintain_one(pair);
        }
        int32_t first = 3 * (int32_t) draw(pair, DEVICES);
        for (int32_t k = 0; k < 3; k++) {
            resting += pair->engine->point[first + k].restless_count == 0;
        }
        read_some(pair, first);
    }
    return resting;
}

static void leaving_readings_unjudged_changes_nothing(void **state)
{
    (void) state;
    int32_t resting = 0;
    int32_t incidents = 0;
    for (uint64_t life = 0; life < LIVES; life++) {
        struct pair pair;
        open_pair(&pair, life);
        resting += live(&pair);
        incidents += engine_incident_count(pair.engine);
        close_pair(&pair);
    }
    assert_true(incidents > LIVES);
    assert_true(resting > 100 * LIVES);
}

static void a_point_rests_once_it_was_judged_and_wakes_with_its_alarm(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, 7);
    struct reading reading = {.point = 0, .at = pair.now, .value = 20};
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = &reading, .count = 1}};
    assert_false(safe_range_holds(pair.engine, &reading));
    play(&pair, &event);
    assert_true(safe_range_holds(pair.engine, &reading));
    reading.value = 40;
    assert_false(safe_range_holds(pair.engine, &reading));
    play(&pair, &event);
    reading.value = 20; /* the on-delay runs: it must be stopped */
    assert_false(safe_range_holds(pair.engine, &reading));
    close_pair(&pair);
}

static void a_rule_over_more_than_its_point_lets_none_of_them_rest(void **state)
{
    (void) state;
    struct pair pair;
    open_pair(&pair, 7);
    struct reading reading = {.point = LAST, .at = pair.now, .value = 2};
    struct event event = {.kind = EVENT_READINGS, .readings = {.reading = &reading, .count = 1}};
    play(&pair, &event);
    assert_false(safe_range_holds(pair.engine, &reading));
    reading = (struct reading){.point = LAST - 1, .at = pair.now, .value = 50};
    play(&pair, &event);
    assert_false(safe_range_holds(pair.engine, &reading));
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaving_readings_unjudged_changes_nothing),
        cmocka_unit_test(a_point_rests_once_it_was_judged_and_wakes_with_its_alarm),
        cmocka_unit_test(a_rule_over_more_than_its_point_lets_none_of_them_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
