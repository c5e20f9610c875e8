#include "tests/unit/sensors/quality/plausibility_rig.h"

static void a_bad_sibling_in_another_block_makes_it_suspect(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 250), 25);
    expect_verdict(rig_take(&rig, HUMIDITY, 2000), QUALITY_BAD, REASON_RANGE, 0);
    expect_doubt(rig_take(&rig, TEMPERATURE, 250), REASON_JOINT, 25);
    expect_good(rig_take(&rig, HUMIDITY, 500), 50);
    expect_good(rig_take(&rig, TEMPERATURE, 250), 25);
    expect_verdict(rig_take(&rig, HUMIDITY, 2000), QUALITY_BAD, REASON_RANGE, 0);
    expect_doubt(rig_take(&rig, TEMPERATURE, 255), REASON_JOINT, 25.5);
    expect_doubt(rig_take(&rig, TEMPERATURE, 255), REASON_JOINT, 25.5);
    rig.now += US_PER_SECOND; /* it has been quiet since: that says nothing of now */
    expect_good(rig_take(&rig, TEMPERATURE, 260), 26);
    rig_stop(&rig);
}

/* Two of one device; the counter of the second is always bad, and a block that holds such a point
 * is never settled. */
struct twins {
    struct rig rig[2];
    uint32_t seed;
    int tenths; /* where the values are */
    int doubted, held;
};

/* Mostly small steps; jumps to either side, start-up values and bad samples between. */
static struct decode_value next_value(struct twins *twins)
{
    static const int odd[] = {850, 0, -100, 700, 200};
    uint32_t kind = rig_draw(&twins->seed) % 40;
    int most = kind == 0 ? 300 : 5;
    twins->tenths += (int) (rig_draw(&twins->seed) % (uint32_t) (2 * most + 1)) - most;
    int tenths = kind == 1 || kind == 2 ? odd[rig_draw(&twins->seed) % 5] : twins->tenths;
    uint32_t raw = tenths == 850 ? 0x42AA0000U : (uint32_t) tenths & 0xFFFFU;
    switch (kind) {
    case 3:
        return (struct decode_value){.quality = QUALITY_BAD, .reason = REASON_RANGE, .raw = raw};
    case 4:
        return (struct decode_value){.quality = QUALITY_UNCERTAIN,
                                     .reason = REASON_RATED,
                                     .raw = raw,
                                     .value = tenths / 10.0};
    default:
        return (struct decode_value){.quality = QUALITY_GOOD, .raw = raw, .value = tenths / 10.0};
    }
}

/* Beside the counter: the temperatures, or the humidity. */
static void start_twins(struct twins *twins, struct link_danger danger, int32_t counter_read)
{
    for (int i = 0; i < 2; i++) {
        struct rig *rig = &twins->rig[i];
        rig_prepare(rig);
        for (int32_t k = 0; k < POINTS; k++) {
            rig->profile->point[k].read = k == HUMIDITY ? HUMIDITY : TEMPERATURE;
        }
        rig->profile->point[COUNTER].read = counter_read;
        rig->danger[TEMPERATURE] = danger;
        rig_start(rig);
    }
}

static void judge_twins(struct twins *twins, int32_t read, us_t after, bool is_reopened)
{
    struct decode_value given[PROFILE_POINTS_MAX] = {0};
    for (int32_t i = 0; i < POINTS; i++) {
        given[i] = next_value(twins);
    }
    given[COUNTER] = (struct decode_value){.quality = QUALITY_GOOD, .value = 1};
    struct decode_value judged[2][PROFILE_POINTS_MAX];
    for (int i = 0; i < 2; i++) {
        struct rig *rig = &twins->rig[i];
        memcpy(judged[i], given, sizeof given);
        judged[i][COUNTER].quality = i == 0 ? QUALITY_GOOD : QUALITY_BAD;
        rig->now += after;
        if (is_reopened) {
            plausibility_reopened(rig->plausibility);
        }
        plausibility_judge(rig->plausibility, 0, read, rig->now, judged[i]);
    }
    for (int32_t i = 0; i < POINTS; i++) {
        const struct decode_value *value = &judged[0][i];
        if (i != COUNTER) {
            expect_verdict(judged[1][i], value->quality, value->reason, value->value);
        }
        twins->doubted += value->quality == QUALITY_UNCERTAIN && given[i].quality == QUALITY_GOOD;
        twins->held += value->quality == QUALITY_BAD && given[i].quality != QUALITY_BAD;
    }
}

static void a_settled_block_judges_like_one_that_never_is(void **state)
{
    (void) state;
    struct twins twins = {.seed = 7};
    for (int life = 0; life < 60; life++) {
        start_twins(&twins, *dangers[life % DANGERS], life % 2 == 0 ? TEMPERATURE : HUMIDITY);
        twins.tenths = 250;
        for (int sample = 0; sample < 2000; sample++) {
            uint32_t gap = rig_draw(&twins.seed) % 50;
            us_t after = gap == 0 ? 4 * US_PER_SECOND : US_PER_SECOND / (1 + gap % 2);
            int32_t read = rig_draw(&twins.seed) % 4 == 0 ? HUMIDITY : TEMPERATURE;
            judge_twins(&twins, read, after, rig_draw(&twins.seed) % 200 == 0);
        }
        rig_stop(&twins.rig[0]);
        rig_stop(&twins.rig[1]);
    }
    assert_true(twins.doubted > 1000 && twins.held > 1000);
}

static void a_device_without_figures_costs_nothing_and_is_left_alone(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    size_t judged = arena_used(rig.arena);
    rig_stop(&rig);
    rig.profile->joint_count = 0;
    for (int32_t i = 0; i < POINTS; i++) {
        rig.profile->point[i].fault.roc_per_s = 0;
        rig.profile->point[i].unit = "1";
    }
    rig_start(&rig);
    assert_true(arena_used(rig.arena) + (size_t) POINTS * 56 <= judged + 64);
    expect_good(rig_take(&rig, TEMPERATURE, 0), 0);
    expect_doubt(rig_take(&rig, TEMPERATURE, 850), REASON_RATED, 85);
    expect_good(rig_take(&rig, TEMPERATURE, 0), 0);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_sibling_in_another_block_makes_it_suspect),
        cmocka_unit_test(a_settled_block_judges_like_one_that_never_is),
        cmocka_unit_test(a_device_without_figures_costs_nothing_and_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
