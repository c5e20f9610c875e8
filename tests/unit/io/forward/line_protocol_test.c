#include "gateway/io/forward/line_protocol.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

struct town {
    struct policy policy;
    struct policy_point point[2];
    struct policy_device device;
    struct policy_site site;
};

static void build(struct town *town)
{
    *town = (struct town){0};
    town->site.id = "w3";
    town->device.id = "th1";
    town->point[0] = (struct policy_point){
        .id = "w3/th1/temperature", .key = "temperature", .quantity = "temperature"};
    town->point[1] =
        (struct policy_point){.id = "w3/th1/distance", .key = "distance", .quantity = "gap"};
    town->policy = (struct policy){.gateway_id = "lidu-1",
                                   .site_count = 1,
                                   .site = &town->site,
                                   .device_count = 1,
                                   .device = &town->device,
                                   .point_count = 2,
                                   .point = town->point};
}

static void expect_line(const struct town *town, const struct reading *reading,
                        const char *expected)
{
    char bytes[LINE_PROTOCOL_MAX_BYTES + 1];
    struct text text = text_over(bytes, sizeof bytes);
    struct line_protocol_heads *heads = line_protocol_heads_new(&town->policy);
    line_protocol_add(&text, heads, reading);
    line_protocol_heads_free(heads);
    assert_string_equal(bytes, expected);
    assert_false(text.is_cut);
}

static void a_good_reading_is_one_exact_line(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    struct reading reading = {.point = 0, .at = 1763776800000, .value = 30.5};
    expect_line(&town, &reading,
                "temperature,device=th1,gateway=lidu-1,point=temperature,site=w3 "
                "quality=0i,value=30.5 1763776800000\n");
}

static void the_measurement_is_the_quantity_and_the_point_its_key(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    struct reading reading = {
        .point = 1, .at = 1, .value = 2, .quality = QUALITY_UNCERTAIN, .reason = REASON_RATED};
    expect_line(&town, &reading,
                "gap,device=th1,gateway=lidu-1,point=distance,site=w3 quality=1i,value=2 1\n");
}

static void a_bad_reading_has_a_quality_and_no_value(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    struct reading reading = {.point = 0, .at = 5, .quality = QUALITY_BAD};
    expect_line(&town, &reading,
                "temperature,device=th1,gateway=lidu-1,point=temperature,site=w3 quality=2i 5\n");
    reading.quality = QUALITY_NO_ANSWER;
    reading.at = -5;
    expect_line(&town, &reading,
                "temperature,device=th1,gateway=lidu-1,point=temperature,site=w3 quality=3i -5\n");
}

static void what_is_no_number_is_never_sent(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    struct reading reading = {.point = 0, .at = 5, .value = (double) NAN};
    expect_line(&town, &reading,
                "temperature,device=th1,gateway=lidu-1,point=temperature,site=w3 quality=0i 5\n");
}

static void separators_are_escaped(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    town.policy.gateway_id = "a b,c=d";
    town.site.id = "东\n墙\\";
    town.device.id = "";
    town.point[0].quantity = "x, y=z";
    struct reading reading = {.point = 0, .at = 5, .value = 1};
    expect_line(&town, &reading,
                "x\\,\\ y=z,gateway=a\\ b\\,c\\=d,point=temperature,site=东_墙_ "
                "quality=0i,value=1 5\n");
}

static void a_line_that_does_not_fit_is_not_begun(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    struct reading reading = {.point = 0, .at = 5, .value = 1};
    char bytes[60];
    struct text text = text_over(bytes, sizeof bytes);
    struct line_protocol_heads *heads = line_protocol_heads_new(&town.policy);
    line_protocol_add(&text, heads, &reading);
    line_protocol_heads_free(heads);
    assert_string_equal(bytes, "");
    assert_true(text.is_cut);
}

static void each_line_has_its_own_time_and_head(void **state)
{
    (void) state;
    struct town town;
    build(&town);
    struct line_protocol_heads *heads = line_protocol_heads_new(&town.policy);
    char bytes[1000];
    struct text text = text_over(bytes, sizeof bytes);
    static const ms_t times[] = {7, 7, 0, -12, 1763776800000};
    for (int i = 0; i < 5; i++) {
        line_protocol_add(&text, heads,
                          &(struct reading){.point = i % 2, .at = times[i], .value = i});
    }
    line_protocol_heads_free(heads);
#define WARM "temperature,device=th1,gateway=lidu-1,point=temperature,site=w3 quality=0i,value="
#define GAP "gap,device=th1,gateway=lidu-1,point=distance,site=w3 quality=0i,value="
    assert_string_equal(bytes, WARM "0 7\n" GAP "1 7\n" WARM "2 0\n" GAP "3 -12\n" WARM
                                    "4 1763776800000\n");
}

static void expect_text_of(double value, const char *expected)
{
    char number[LINE_PROTOCOL_NUMBER_MAX];
    size_t length = line_protocol_format_value(value, number);
    assert_string_equal(number, expected);
    assert_int_equal(length, strlen(expected));
}

static void values_are_as_short_as_they_can_be(void **state)
{
    (void) state;
    expect_text_of(0, "0");
    expect_text_of(-0.0, "-0");
    expect_text_of(30, "30");
    expect_text_of(-12.5, "-12.5");
    expect_text_of(0.1, "0.1");
    expect_text_of(-0.05, "-0.05");
    expect_text_of(23.450001, "23.450001");
    expect_text_of(999999999.999, "999999999.999");
    expect_text_of(1e21, "1e+21");
    expect_text_of(0.1 + 0.2, "0.30000000000000004");
    expect_text_of(1.7976931348623157e308, "1.7976931348623157e+308");
    expect_text_of(5e-324, "4.94065645841247e-324");
    expect_text_of(0.0000001, "1e-07");
    expect_text_of(4294967295.0, "4294967295");
}

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void expect_reads_back(double value)
{
    char number[LINE_PROTOCOL_NUMBER_MAX];
    (void) line_protocol_format_value(value, number);
    if (bits_of(strtod(number, NULL)) != bits_of(value)) {
        print_error("%.17g was written as %s\n", value, number);
        fail();
    }
}

static void every_value_reads_back_as_the_same_double(void **state)
{
    (void) state;
    uint64_t random = 20260718;
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = next_random(&random);
        double value = 0;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            expect_reads_back(value);
        }
        int64_t raw = (int64_t) (bits % 2000000) - 1000000;
        expect_reads_back((double) raw * 0.1);
        expect_reads_back((double) raw / 1000);
        expect_reads_back((double) raw * 0.001 - 273.15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_reading_is_one_exact_line),
        cmocka_unit_test(the_measurement_is_the_quantity_and_the_point_its_key),
        cmocka_unit_test(a_bad_reading_has_a_quality_and_no_value),
        cmocka_unit_test(what_is_no_number_is_never_sent),
        cmocka_unit_test(separators_are_escaped),
        cmocka_unit_test(a_line_that_does_not_fit_is_not_begun),
        cmocka_unit_test(each_line_has_its_own_time_and_head),
        cmocka_unit_test(values_are_as_short_as_they_can_be),
        cmocka_unit_test(every_value_reads_back_as_the_same_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
