#include "sensors/device/decode.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

/* One point alone in a block of two words. */
static struct decode_value decode_two(struct profile_point point, uint16_t first, uint16_t second)
{
    static struct profile profile; /* too large for a stack */
    profile = (struct profile){.read_count = 1, .point_count = 1};
    profile.read[0] = (struct profile_read){.name = "r", .function = 3, .count = 2};
    point.key = "p";
    point.scale = fabs(point.scale) > 0 ? point.scale : 1;
    profile.point[0] = point;
    uint16_t words[2] = {first, second};
    struct decode_block block = {.read = 0, .count = 2, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_block(&profile, &block, values);
    return values[0];
}

static void expect_good(struct profile_point point, uint16_t first, uint16_t second, double value)
{
    struct decode_value decoded = decode_two(point, first, second);
    assert_int_equal(decoded.quality, QUALITY_GOOD);
    assert_int_equal(decoded.reason, REASON_NONE);
    expect_near(decoded.value, value, 0);
}

static void expect_bad(struct decode_value decoded, enum reason reason)
{
    assert_int_equal(decoded.quality, QUALITY_BAD);
    assert_int_equal(decoded.reason, reason);
    expect_near(decoded.value, 0, 0);
}

#define POINT(...) ((struct profile_point){__VA_ARGS__})

static void every_type_is_read_as_it_is_meant(void **state)
{
    (void) state;
    expect_good(POINT(.type = TYPE_UINT16), 0xFFEC, 0, 65516);
    expect_good(POINT(.type = TYPE_INT16), 0xFFEC, 0, -20);
    expect_good(POINT(.type = TYPE_INT16), 0x8000, 0, -32768);
    expect_good(POINT(.type = TYPE_UINT32), 0xFFFF, 0xFFFE, 4294967294.0);
    expect_good(POINT(.type = TYPE_INT32), 0xFFFF, 0xFFFE, -2);
    expect_good(POINT(.type = TYPE_INT32), 0x8000, 0, -2147483648.0);
    expect_good(POINT(.type = TYPE_FLOAT32), 0x41C8, 0, 25);
    expect_good(POINT(.type = TYPE_SM10000, .scale = 0.1), 9999, 0, 999.9);
    expect_good(POINT(.type = TYPE_SM10000, .scale = 0.1), 10025, 0, -2.5);
    expect_good(POINT(.type = TYPE_BIT, .bit = 15), 0x8000, 0, 1);
    expect_good(POINT(.type = TYPE_BIT, .bit = 0), 0x8000, 0, 0);
    expect_good(POINT(.type = TYPE_BOOL), 1, 0, 1);
    expect_good(POINT(.type = TYPE_BOOL), 0, 0, 0);
    expect_good(POINT(.type = TYPE_UINT16, .at = 1), 1, 2, 2);
}

static void every_order_of_bytes_gives_the_same_number(void **state)
{
    (void) state;
    expect_good(POINT(.type = TYPE_UINT32, .order = ORDER_ABCD), 0x0102, 0x0304, 0x01020304);
    expect_good(POINT(.type = TYPE_UINT32, .order = ORDER_CDAB), 0x0304, 0x0102, 0x01020304);
    expect_good(POINT(.type = TYPE_UINT32, .order = ORDER_BADC), 0x0201, 0x0403, 0x01020304);
    expect_good(POINT(.type = TYPE_UINT32, .order = ORDER_DCBA), 0x0403, 0x0201, 0x01020304);
    expect_good(POINT(.type = TYPE_FLOAT32, .order = ORDER_ABCD), 0x42F6, 0xE979,
                (double) 123.456F);
    expect_good(POINT(.type = TYPE_FLOAT32, .order = ORDER_CDAB), 0xE979, 0x42F6,
                (double) 123.456F);
    expect_good(POINT(.type = TYPE_FLOAT32, .order = ORDER_BADC), 0xF642, 0x79E9,
                (double) 123.456F);
    expect_good(POINT(.type = TYPE_FLOAT32, .order = ORDER_DCBA), 0x79E9, 0xF642,
                (double) 123.456F);
    expect_good(POINT(.type = TYPE_INT16, .order = ORDER_ABCD), 0xFFEC, 0, -20);
    expect_good(POINT(.type = TYPE_INT16, .order = ORDER_BADC), 0xECFF, 0, -20);
    expect_good(POINT(.type = TYPE_BIT, .order = ORDER_BADC, .bit = 15), 0x0080, 0, 1);
}

static void a_float_that_is_no_number_is_bad(void **state)
{
    (void) state;
    struct profile_point point = POINT(.type = TYPE_FLOAT32);
    expect_bad(decode_two(point, 0x7FC0, 0), REASON_NOT_A_NUMBER);
    expect_bad(decode_two(point, 0xFFFF, 0xFFFF), REASON_NOT_A_NUMBER);
    expect_bad(decode_two(point, 0x7F80, 0), REASON_NOT_A_NUMBER);
    expect_bad(decode_two(point, 0xFF80, 0), REASON_NOT_A_NUMBER);
    point.has_range = true;
    point.range[1] = 1;
    expect_bad(decode_two(point, 0x7F80, 0), REASON_NOT_A_NUMBER);
    struct decode_value tiny = decode_two(POINT(.type = TYPE_FLOAT32), 0, 1); /* denormal */
    assert_int_equal(tiny.quality, QUALITY_GOOD);
    assert_true(tiny.value > 0);
}

/* The two registers of a 32-bit number as a device of this order sends them. Bytes a b c d: a is
 * the highest. */
static void words_of(enum byte_order order, uint32_t raw, uint16_t ret_word[static 2])
{
    static const int places[4][4] = {{0, 1, 2, 3}, {2, 3, 0, 1}, {1, 0, 3, 2}, {3, 2, 1, 0}};
    uint8_t byte[4];
    for (int i = 0; i < 4; i++) {
        byte[i] = (uint8_t) (raw >> (24 - 8 * places[order][i]) & 0xFFU);
    }
    ret_word[0] = (uint16_t) (byte[0] << 8U | byte[1]);
    ret_word[1] = (uint16_t) (byte[2] << 8U | byte[3]);
}

static struct decode_value decode_float(enum byte_order order, uint32_t raw)
{
    uint16_t word[2];
    words_of(order, raw, word);
    struct decode_value value =
        decode_two(POINT(.type = TYPE_FLOAT32, .order = order), word[0], word[1]);
    assert_int_equal(value.raw, raw);
    return value;
}

static void no_order_of_bytes_makes_a_number_of_what_is_none(void **state)
{
    (void) state;
    static const uint32_t none[] = {0x7FC00000U, 0xFFC00000U, 0x7F800001U, 0x7FFFFFFFU,
                                    0xFFFFFFFFU, 0x7F800000U, 0xFF800000U};
    for (int order = ORDER_ABCD; order <= ORDER_DCBA; order++) {
        for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
            expect_bad(decode_float((enum byte_order) order, none[i]), REASON_NOT_A_NUMBER);
        }
    }
}

static void the_edges_of_a_float_are_numbers_in_every_order(void **state)
{
    (void) state;
    static const struct {
        uint32_t raw;
        double value;
    } edges[] = {
        {0x00000001U, 0x1p-149},         /* the smallest denormal */
        {0x807FFFFFU, -0x1.fffffcp-127}, /* the largest denormal, below 0 */
        {0x00800000U, 0x1p-126},
        {0x7F7FFFFFU, 0x1.fffffep127},
        {0x80000000U, -0.0},
        {0xC2C80000U, -100},
    };
    for (int order = ORDER_ABCD; order <= ORDER_DCBA; order++) {
        for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
            struct decode_value value = decode_float((enum byte_order) order, edges[i].raw);
            assert_int_equal(value.quality, QUALITY_GOOD);
            expect_near(value.value, edges[i].value, 0);
        }
    }
}

static void what_a_scale_makes_endless_is_bad(void **state)
{
    (void) state;
    struct profile_point point = POINT(.type = TYPE_UINT32, .scale = 1e12);
    assert_int_equal(decode_two(point, 0xFFFF, 0xFFFF).quality, QUALITY_GOOD);
    point.scale = 1e300;
    expect_bad(decode_two(point, 0xFFFF, 0xFFFF), REASON_NOT_A_NUMBER);
}

static void the_usual_words_for_no_value_are_told_from_the_values_beside_them(void **state)
{
    (void) state;
    struct profile_point point = POINT(.type = TYPE_INT16, .scale = 0.1, .bad_count = 4);
    static const uint16_t words[] = {0, 0xFFFF, 0x8000, 850}; /* 85.0: a DS18B20 at power-on */
    for (int i = 0; i < 4; i++) {
        point.bad[i] = (struct profile_bad){.raw = words[i], .means = "none"};
    }
    for (int i = 0; i < 4; i++) {
        expect_bad(decode_two(point, words[i], 0), REASON_SENTINEL);
        uint16_t beside = (uint16_t) (words[i] ^ 2U);
        assert_int_equal(decode_two(point, beside, 0).quality, QUALITY_GOOD);
    }
}

static void a_value_is_scaled_and_then_shifted(void **state)
{
    (void) state;
    expect_good(POINT(.type = TYPE_UINT16, .scale = 0.1, .offset = -100), 1245, 0, 24.5);
    expect_good(POINT(.type = TYPE_UINT16, .scale = 10), 3, 0, 30);
    expect_good(POINT(.type = TYPE_INT16, .scale = -0.5), 3, 0, -1.5);
}

static void a_tenth_gives_the_double_that_prints_as_written(void **state)
{
    (void) state;
    for (int raw = -400; raw <= 1250; raw++) {
        char text[32];
        (void) snprintf(text, sizeof(text), "%d.%d", raw / 10, abs(raw % 10));
        double wanted = strtod(text, NULL);
        wanted = raw < 0 && raw > -10 ? -wanted : wanted;
        expect_good(POINT(.type = TYPE_INT16, .scale = 0.1), (uint16_t) (raw & 0xFFFF), 0, wanted);
    }
}

static void a_sentinel_is_bad_and_says_what_it_means(void **state)
{
    (void) state;
    struct profile_point point = POINT(.type = TYPE_UINT16, .scale = 0.001, .bad_count = 2);
    point.bad[0] = (struct profile_bad){.raw = 0, .means = "no echo"};
    point.bad[1] = (struct profile_bad){.raw = 0xFFFD, .means = "no object"};
    struct decode_value decoded = decode_two(point, 0xFFFD, 0);
    expect_bad(decoded, REASON_SENTINEL);
    assert_string_equal(decoded.means, "no object");
    assert_int_equal(decoded.raw, 0xFFFD);
    expect_bad(decode_two(point, 0, 0), REASON_SENTINEL);
    expect_good(point, 751, 0, 0.751);
    point.type = TYPE_INT16; /* the raw word is compared, not the number */
    expect_bad(decode_two(point, 0xFFFD, 0), REASON_SENTINEL);
}

static void outside_the_range_is_bad_and_its_edges_are_not(void **state)
{
    (void) state;
    struct profile_point point =
        POINT(.type = TYPE_INT16, .scale = 0.1, .has_range = true, .range = {-40, 0.3});
    expect_good(point, 3, 0, 0.3); /* 3 x 0.1 is a little more than 0.3 */
    expect_bad(decode_two(point, 4, 0), REASON_RANGE);
    expect_good(point, (uint16_t) -400, 0, -40);
    expect_bad(decode_two(point, (uint16_t) -401, 0), REASON_RANGE);
}

static void outside_the_rating_is_uncertain_and_keeps_its_value(void **state)
{
    (void) state;
    struct profile_point point = POINT(.type = TYPE_INT16, .scale = 0.1, .has_range = true,
                                       .range = {-40, 125}, .has_rated = true, .rated = {-40, 60});
    struct decode_value fire = decode_two(point, 650, 0);
    assert_int_equal(fire.quality, QUALITY_UNCERTAIN);
    assert_int_equal(fire.reason, REASON_RATED);
    expect_near(fire.value, 65, 0);
    expect_good(point, 600, 0, 60);
    expect_bad(decode_two(point, 1251, 0), REASON_RANGE);
}

/* Several points. */

enum { TEMPERATURE, HUMIDITY, ELSEWHERE };

static struct profile *climate(void)
{
    static struct profile profile;
    profile = (struct profile){.read_count = 2, .point_count = 3, .joint_count = 1};
    profile.read[0] = (struct profile_read){.function = 3, .count = 2};
    profile.read[1] = (struct profile_read){.function = 3, .count = 1};
    profile.point[TEMPERATURE] = POINT(.type = TYPE_INT16, .scale = 0.1);
    profile.point[HUMIDITY] =
        POINT(.type = TYPE_UINT16, .scale = 0.1, .at = 1, .has_range = true, .range = {0, 100});
    profile.point[ELSEWHERE] = POINT(.type = TYPE_UINT16, .scale = 1, .read = 1);
    profile.joint[0] = (struct profile_joint){.if_bad = HUMIDITY, .suspect = TEMPERATURE};
    return &profile;
}

static void decode_climate(const struct profile *profile, uint16_t first, uint16_t second,
                           struct decode_value *values)
{
    uint16_t words[2] = {first, second};
    struct decode_block block = {.read = 0, .count = 2, .word = words};
    decode_block(profile, &block, values);
}

static void an_impossible_sibling_makes_a_value_suspect(void **state)
{
    (void) state;
    struct profile *profile = climate();
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_climate(profile, 300, 5500, values); /* a x100 clone read as x10 */
    expect_bad(values[HUMIDITY], REASON_RANGE);
    assert_int_equal(values[TEMPERATURE].quality, QUALITY_UNCERTAIN);
    assert_int_equal(values[TEMPERATURE].reason, REASON_JOINT);
    expect_near(values[TEMPERATURE].value, 30, 0);
    decode_climate(profile, 300, 550, values);
    assert_int_equal(values[TEMPERATURE].quality, QUALITY_GOOD);
}

static void points_of_other_blocks_are_left_alone(void **state)
{
    (void) state;
    struct profile *profile = climate();
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    values[ELSEWHERE] = (struct decode_value){.value = 7, .quality = QUALITY_UNCERTAIN};
    decode_climate(profile, 300, 550, values);
    expect_near(values[ELSEWHERE].value, 7, 0);
    decode_nothing(profile, 0, QUALITY_NO_ANSWER, REASON_TIMEOUT, values);
    assert_int_equal(values[ELSEWHERE].quality, QUALITY_UNCERTAIN);
    assert_int_equal(values[TEMPERATURE].quality, QUALITY_NO_ANSWER);
    assert_int_equal(values[HUMIDITY].reason, REASON_TIMEOUT);
    expect_near(values[HUMIDITY].value, 0, 0);
}

static void a_weak_echo_makes_its_distance_bad(void **state)
{
    (void) state;
    struct profile *profile = climate();
    profile->joint_count = 0;
    profile->point[0].valid_count = 1;
    profile->point[0].valid[0] = (struct profile_valid){.point = 1, .min = 60, .max = HUGE_VAL};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_climate(profile, 300, 599, values);
    expect_bad(values[0], REASON_JOINT);
    decode_climate(profile, 300, 600, values);
    assert_int_equal(values[0].quality, QUALITY_GOOD);
    decode_climate(profile, 300, 1001, values); /* the sibling itself is bad */
    expect_bad(values[0], REASON_JOINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read_as_it_is_meant),
        cmocka_unit_test(every_order_of_bytes_gives_the_same_number),
        cmocka_unit_test(a_float_that_is_no_number_is_bad),
        cmocka_unit_test(no_order_of_bytes_makes_a_number_of_what_is_none),
        cmocka_unit_test(the_edges_of_a_float_are_numbers_in_every_order),
        cmocka_unit_test(what_a_scale_makes_endless_is_bad),
        cmocka_unit_test(the_usual_words_for_no_value_are_told_from_the_values_beside_them),
        cmocka_unit_test(a_value_is_scaled_and_then_shifted),
        cmocka_unit_test(a_tenth_gives_the_double_that_prints_as_written),
        cmocka_unit_test(a_sentinel_is_bad_and_says_what_it_means),
        cmocka_unit_test(outside_the_range_is_bad_and_its_edges_are_not),
        cmocka_unit_test(outside_the_rating_is_uncertain_and_keeps_its_value),
        cmocka_unit_test(an_impossible_sibling_makes_a_value_suspect),
        cmocka_unit_test(points_of_other_blocks_are_left_alone),
        cmocka_unit_test(a_weak_echo_makes_its_distance_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
