#include "sensors/device/model_match.h"

#include <stdlib.h>
#include <string.h>

#include "sensors/modbus/frame.h"
#include "tests/unit/expect.h"

/* Two of the shipped families, and a look-alike of each, as they differ in the field. */
enum { MODEL_TENTHS, MODEL_SWAPPED, MODEL_HUNDREDTHS, MODEL_RELAY, MODEL_COUNT };

/* Too big for a stack. */
static struct profile tenths, swapped, hundredths, relay;
static struct profile *const model[MODEL_COUNT] = {&tenths, &swapped, &hundredths, &relay};
static struct model_match fit[MODEL_COUNT];

static struct profile_point climate(const char *key, uint16_t at, double scale)
{
    bool is_temperature = strcmp(key, "temperature") == 0;
    return (struct profile_point){.key = key,
                                  .quantity = key,
                                  .unit = is_temperature ? "degC" : "%RH",
                                  .at = at,
                                  .type = is_temperature ? TYPE_INT16 : TYPE_UINT16,
                                  .scale = scale,
                                  .has_range = true,
                                  .range = {is_temperature ? -40 : 0, is_temperature ? 125 : 100},
                                  .has_rated = is_temperature,
                                  .rated = {-40, 60},
                                  .bad_count = 1,
                                  .bad = {{0x8000, "no value"}}};
}

static void make_climate(int which, const char *id, const char *first, double scale)
{
    const char *second = strcmp(first, "temperature") == 0 ? "humidity" : "temperature";
    struct profile *made = model[which];
    *made = (struct profile){.id = id,
                             .status = PROFILE_TEXT,
                             .baud = 9600,
                             .parity = 'N',
                             .read_count = 1,
                             .point_count = 2};
    made->read[0] =
        (struct profile_read){.name = "air", .function = 3, .address = 0, .count = 2, .every = 1};
    made->point[0] = climate(first, 0, scale);
    made->point[1] = climate(second, 1, scale);
    bool is_first = strcmp(first, "humidity") == 0;
    made->joint_count = 1;
    made->joint[0] =
        (struct profile_joint){.if_bad = is_first ? 0 : 1, .suspect = is_first ? 1 : 0};
}

static int set_up(void **state)
{
    (void) state;
    make_climate(MODEL_TENTHS, "tenths", "temperature", 0.1);
    make_climate(MODEL_SWAPPED, "swapped", "humidity", 0.1);
    make_climate(MODEL_HUNDREDTHS, "hundredths", "temperature", 0.01);
    relay = (struct profile){
        .id = "relay", .baud = 9600, .parity = 'N', .read_count = 1, .point_count = 1};
    relay.read[0] = (struct profile_read){.name = "coils", .function = 1, .count = 8, .every = 1};
    relay.point[0] =
        (struct profile_point){.key = "relay0", .unit = "1", .type = TYPE_BOOL, .scale = 1};
    return 0;
}

/* What a device that holds these two words says, on a line of 9600 baud. */
static void judge(int which, uint16_t first, uint16_t second)
{
    const uint16_t words[8] = {first, second};
    const struct model_match_answer answer = {.said = MODEL_MATCH_WORDS, .words = words};
    const struct model_match_line line = {9600, 'N'};
    model_match_judge(model[which], &answer, &line, &fit[which]);
}

static const char *why(int which)
{
    static char bytes[1024];
    struct text text = text_over(bytes, sizeof bytes);
    model_match_explain(&fit[which], &text);
    return bytes;
}

/* "humidity 超出物理量程": this point costs points, because of that. */
static bool blames(int which, const char *key, enum reason reason)
{
    char words[128];
    (void) snprintf(words, sizeof words, "%s %s", key, reason_text(reason));
    return strstr(why(which), words) != NULL;
}

static void the_right_model_has_all_points(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 245, 546);
    expect_near(fit[MODEL_TENTHS].score, 100, 1e-9);
    expect_near(fit[MODEL_TENTHS].value[0].value, 24.5, 1e-9);
    assert_string_equal(why(MODEL_TENTHS),
                        "1 个数据块全部有应答；2 个量在常见范围；波特率和校验与出厂一致");
}

static void temperature_and_humidity_swapped_is_less_likely(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 245, 546);
    judge(MODEL_SWAPPED, 245, 546); /* 24.5 %RH and 54.6 degC: possible */
    expect_near(fit[MODEL_SWAPPED].score, 80, 1e-9);
    assert_true(model_match_compare(&fit[MODEL_TENTHS], &fit[MODEL_SWAPPED]) < 0);
    assert_non_null(strstr(why(MODEL_SWAPPED), "temperature 少见"));
}

static void words_that_swap_well_leave_the_choice_open(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 245, 255);
    judge(MODEL_SWAPPED, 245, 255);
    expect_near(fit[MODEL_TENTHS].score, fit[MODEL_SWAPPED].score, 1e-9);
}

static void a_clone_with_two_decimals_betrays_itself_by_the_humidity(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 300, 5500); /* 3.00 degC and 55.00 %RH: as tenths 30.0 and 550 */
    judge(MODEL_HUNDREDTHS, 300, 5500);
    expect_near(fit[MODEL_HUNDREDTHS].score, 100, 1e-9);
    expect_near(fit[MODEL_TENTHS].score, 10,
                1e-9); /* the temperature is suspect by the joint rule */
    assert_true(blames(MODEL_TENTHS, "humidity", REASON_RANGE));
    assert_true(blames(MODEL_TENTHS, "temperature", REASON_JOINT));
}

static void tenths_read_as_hundredths_are_unusually_dry(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 245, 546);
    judge(MODEL_HUNDREDTHS, 245, 546);
    assert_true(fit[MODEL_TENTHS].score > fit[MODEL_HUNDREDTHS].score);
    assert_non_null(strstr(why(MODEL_HUNDREDTHS), "humidity 少见"));
}

static void sentinels_and_zeros_prove_little(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 0x8000, 546);
    expect_near(fit[MODEL_TENTHS].score, (25 + 100) / 2.0, 1e-9);
    assert_true(blames(MODEL_TENTHS, "temperature", REASON_SENTINEL));
    judge(MODEL_TENTHS, 0, 0);
    expect_near(fit[MODEL_TENTHS].score, 30, 1e-9);
    assert_non_null(strstr(why(MODEL_TENTHS), "humidity 为 0"));
}

static void outside_the_rated_range_is_possible(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 650, 546);
    expect_near(fit[MODEL_TENTHS].score, (40 + 100) / 2.0, 1e-9);
}

static void bits_fit_every_answer(void **state)
{
    (void) state;
    judge(MODEL_RELAY, 1, 0);
    expect_near(fit[MODEL_RELAY].score, 50, 1e-9);
    assert_non_null(strstr(why(MODEL_RELAY), "1 个开关量"));
}

static void a_refused_or_silent_block_rules_the_model_out(void **state)
{
    (void) state;
    const struct model_match_line line = {9600, 'N'};
    for (uint8_t code = 1; code <= 3; code++) {
        const struct model_match_answer refused = {.said = MODEL_MATCH_REFUSED, .exception = code};
        model_match_judge(model[MODEL_TENTHS], &refused, &line, &fit[MODEL_TENTHS]);
        expect_near(fit[MODEL_TENTHS].score, 0, 0);
        assert_non_null(strstr(why(MODEL_TENTHS), frame_exception_text(code)));
    }
    const struct model_match_answer silent = {.said = MODEL_MATCH_SILENT};
    model_match_judge(model[MODEL_TENTHS], &silent, &line, &fit[MODEL_TENTHS]);
    expect_near(fit[MODEL_TENTHS].score, 0, 0);
    assert_non_null(strstr(why(MODEL_TENTHS), "air（功能码 3 地址 0）：无应答"));
}

static void a_busy_device_is_not_ruled_out(void **state)
{
    (void) state;
    const struct model_match_line line = {9600, 'N'};
    const struct model_match_answer busy = {.said = MODEL_MATCH_REFUSED, .exception = 6};
    model_match_judge(model[MODEL_TENTHS], &busy, &line, &fit[MODEL_TENTHS]);
    expect_near(fit[MODEL_TENTHS].score, 20, 1e-9);
    assert_int_equal(fit[MODEL_TENTHS].failed, -1);
}

static void the_factory_line_decides_between_equal_maps(void **state)
{
    (void) state;
    make_climate(MODEL_SWAPPED, "other", "temperature", 0.1);
    model[MODEL_SWAPPED]->baud = 4800;
    judge(MODEL_TENTHS, 245, 546);
    judge(MODEL_SWAPPED, 245, 546);
    expect_near(fit[MODEL_SWAPPED].score, 90, 1e-9);
    assert_non_null(strstr(why(MODEL_SWAPPED), "出厂是 4800 无校验"));
    model[MODEL_SWAPPED]->parity = 'E';
    judge(MODEL_SWAPPED, 245, 546);
    expect_near(fit[MODEL_SWAPPED].score, 85.5, 1e-9);
    assert_true(model_match_is_same(&fit[MODEL_TENTHS], &fit[MODEL_SWAPPED]));
}

static void over_tcp_the_line_says_nothing(void **state)
{
    (void) state;
    const uint16_t words[2] = {245, 546};
    const struct model_match_answer answer = {.said = MODEL_MATCH_WORDS, .words = words};
    const struct model_match_line line = {0, 'N'};
    model[MODEL_TENTHS]->baud = 4800;
    model_match_judge(model[MODEL_TENTHS], &answer, &line, &fit[MODEL_TENTHS]);
    expect_near(fit[MODEL_TENTHS].score, 100, 1e-9);
    assert_null(strstr(why(MODEL_TENTHS), "出厂"));
}

static void a_map_from_memory_is_worth_less(void **state)
{
    (void) state;
    model[MODEL_TENTHS]->status = PROFILE_RECALLED;
    judge(MODEL_TENTHS, 245, 546);
    expect_near(fit[MODEL_TENTHS].score, 90, 1e-9);
    assert_non_null(strstr(why(MODEL_TENTHS), "未经证实"));
}

static void other_scales_or_places_are_other_maps(void **state)
{
    (void) state;
    judge(MODEL_TENTHS, 245, 546);
    judge(MODEL_SWAPPED, 245, 546);
    judge(MODEL_HUNDREDTHS, 245, 546);
    judge(MODEL_RELAY, 1, 0);
    for (int i = 0; i < MODEL_COUNT; i++) {
        for (int k = 0; k < MODEL_COUNT; k++) {
            assert_int_equal(model_match_is_same(&fit[i], &fit[k]), i == k);
        }
    }
}

static void of_equals_the_better_proved_map_comes_first(void **state)
{
    (void) state;
    make_climate(MODEL_SWAPPED, "a-text", "temperature", 0.1);
    model[MODEL_TENTHS]->status = PROFILE_HARDWARE;
    judge(MODEL_TENTHS, 245, 546);
    judge(MODEL_SWAPPED, 245, 546);
    assert_true(model_match_compare(&fit[MODEL_TENTHS], &fit[MODEL_SWAPPED]) < 0);
    model[MODEL_TENTHS]->status = PROFILE_TEXT; /* then by id: "a-text" before "tenths" */
    assert_true(model_match_compare(&fit[MODEL_TENTHS], &fit[MODEL_SWAPPED]) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_right_model_has_all_points, set_up),
        cmocka_unit_test_setup(temperature_and_humidity_swapped_is_less_likely, set_up),
        cmocka_unit_test_setup(words_that_swap_well_leave_the_choice_open, set_up),
        cmocka_unit_test_setup(a_clone_with_two_decimals_betrays_itself_by_the_humidity, set_up),
        cmocka_unit_test_setup(tenths_read_as_hundredths_are_unusually_dry, set_up),
        cmocka_unit_test_setup(sentinels_and_zeros_prove_little, set_up),
        cmocka_unit_test_setup(outside_the_rated_range_is_possible, set_up),
        cmocka_unit_test_setup(bits_fit_every_answer, set_up),
        cmocka_unit_test_setup(a_refused_or_silent_block_rules_the_model_out, set_up),
        cmocka_unit_test_setup(a_busy_device_is_not_ruled_out, set_up),
        cmocka_unit_test_setup(the_factory_line_decides_between_equal_maps, set_up),
        cmocka_unit_test_setup(over_tcp_the_line_says_nothing, set_up),
        cmocka_unit_test_setup(a_map_from_memory_is_worth_less, set_up),
        cmocka_unit_test_setup(other_scales_or_places_are_other_maps, set_up),
        cmocka_unit_test_setup(of_equals_the_better_proved_map_comes_first, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
