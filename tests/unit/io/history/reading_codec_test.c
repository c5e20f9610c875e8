#include "gateway/io/history/reading_codec.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/io/history/minute_aggregates.h"
#include "tests/unit/expect.h"

#define START ((ms_t) 1784354400000) /* a full hour */

static uint8_t blob[READING_CODEC_BYTES_MAX];

static void expect_same(const struct reading *actual, const struct reading *expected)
{
    assert_int_equal(actual->point, expected->point);
    assert_int_equal(actual->quality, expected->quality);
    assert_int_equal(actual->reason, expected->reason);
    assert_int_equal(actual->at, expected->at);
    assert_memory_equal(&actual->value, &expected->value, sizeof expected->value);
}

static void expect_round_trip(const struct reading *readings, int32_t count)
{
    size_t length = reading_codec_encode(readings, count, blob);
    struct reading_codec_decoder decoder = reading_codec_decode(blob, length);
    struct reading reading;
    for (int32_t i = 0; i < count; i++) {
        assert_true(reading_codec_next(&decoder, &reading));
        expect_same(&reading, &readings[i]);
    }
    assert_false(reading_codec_next(&decoder, &reading));
    assert_false(decoder.reader.is_damaged);
}

static void time_value_and_quality_come_back_bit_for_bit(void **unused)
{
    (void) unused;
    const double values[] = {0,        -0.0,    41.2,    412 * 0.1, 4.5e-320, DBL_MAX,
                             -DBL_MAX, DBL_MIN, 1.0 / 3, -40,       123.456,  1e15};
    struct reading readings[sizeof values / sizeof values[0]];
    int32_t count = 0;
    for (; count < (int32_t) (sizeof values / sizeof values[0]); count++) {
        readings[count] = (struct reading){.point = (count * 7919) % 100000,
                                           .quality = (enum quality)(count % QUALITY_COUNT),
                                           .reason = (enum reason)(count % REASON_COUNT),
                                           .at = START + (ms_t) (count % 3) * 4999 - count,
                                           .value = values[count]};
    }
    expect_round_trip(readings, count);
}

static void every_value_a_register_can_give_is_exact(void **unused)
{
    (void) unused;
    static struct reading readings[READING_CODEC_READINGS_MAX];
    for (int raw = INT16_MIN; raw < INT16_MAX; raw += READING_CODEC_READINGS_MAX) {
        for (int i = 0; i < READING_CODEC_READINGS_MAX; i++) {
            double value = i % 2 == 0 ? (raw + i) * 0.1 : (raw + i) / 100.0 - 0.3;
            readings[i] = (struct reading){.point = i, .at = START + i, .value = value};
        }
        expect_round_trip(readings, READING_CODEC_READINGS_MAX);
    }
}

static void a_polled_reading_costs_at_most_six_bytes(void **unused)
{
    (void) unused;
    struct reading readings[100];
    for (int i = 0; i < 100; i++) { /* 50 devices of temperature and humidity */
        double value = (i % 2 == 0 ? 231 : 655) * 0.1 + i % 7;
        readings[i] = (struct reading){
            .point = i, .at = START + (ms_t) (i / 2) * 100, .value = round(value * 10) / 10};
    }
    size_t length = reading_codec_encode(readings, 100, blob);
    assert_true(length <= 600);
}

static void a_blob_spans_less_than_a_minute(void **unused)
{
    (void) unused;
    struct reading readings[3] = {{.at = START}, {.at = START + 59999}, {.at = START + 60000}};
    assert_int_equal(reading_codec_fit(readings, 3), 2);
    assert_int_equal(reading_codec_fit(readings, 1), 1);
    readings[1].at = START - 70000;
    assert_int_equal(reading_codec_fit(readings, 3), 1);
}

static void damage_ends_a_blob_and_what_came_before_is_kept(void **unused)
{
    (void) unused;
    struct reading readings[10];
    for (int i = 0; i < 10; i++) {
        readings[i] = (struct reading){.point = i, .at = START, .value = i};
    }
    size_t length = reading_codec_encode(readings, 10, blob);
    struct reading_codec_decoder decoder = reading_codec_decode(blob, length - 1);
    struct reading reading;
    int count = 0;
    while (reading_codec_next(&decoder, &reading)) {
        count++;
    }
    assert_int_equal(count, 9);
    assert_true(decoder.reader.is_damaged);
    decoder = reading_codec_decode("\x09", 1);
    assert_false(reading_codec_next(&decoder, &reading));
}

static void random_bytes_never_crash_the_decoder(void **unused)
{
    (void) unused;
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525U + 1013904223U;
            bytes[i] = (uint8_t) (seed >> 24);
        }
        bytes[0] = 1;
        struct reading_codec_decoder decoder = reading_codec_decode(bytes, sizeof bytes);
        struct reading reading;
        while (reading_codec_next(&decoder, &reading)) {
            assert_true(isfinite(reading.value) && reading.point >= 0);
        }
        struct minute_aggregates minutes;
        (void) minute_aggregates_decode(bytes, sizeof bytes, &minutes);
    }
}

static void an_hour_keeps_peaks_counts_and_gaps(void **unused)
{
    (void) unused;
    struct minute_aggregates minutes = {0};
    struct reading reading = {.at = START + 90000, .value = 41.2};
    minute_aggregates_add(&minutes, &reading);
    reading.value = 38.7;
    minute_aggregates_add(&minutes, &reading);
    reading = (struct reading){.at = START + 95000, .quality = QUALITY_NO_ANSWER};
    minute_aggregates_add(&minutes, &reading);
    reading = (struct reading){.at = START + 59 * MS_PER_MINUTE, .value = -0.1};
    minute_aggregates_add(&minutes, &reading);

    uint8_t bytes[MINUTE_AGGREGATES_BYTES_MAX];
    struct minute_aggregates back;
    assert_true(minute_aggregates_decode(bytes, minute_aggregates_encode(&minutes, bytes), &back));
    assert_memory_equal(&back, &minutes, sizeof back);
    assert_int_equal(back.minute[1].good, 2);
    assert_int_equal(back.minute[1].missing, 1);
    expect_near(back.minute[1].max, 41.2, 0);
    expect_near(back.minute[1].min, 38.7, 0);
    expect_near(back.minute[1].sum, 79.9, 1e-9);
    assert_int_equal(back.minute[59].good, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_value_and_quality_come_back_bit_for_bit),
        cmocka_unit_test(every_value_a_register_can_give_is_exact),
        cmocka_unit_test(a_polled_reading_costs_at_most_six_bytes),
        cmocka_unit_test(a_blob_spans_less_than_a_minute),
        cmocka_unit_test(damage_ends_a_blob_and_what_came_before_is_kept),
        cmocka_unit_test(random_bytes_never_crash_the_decoder),
        cmocka_unit_test(an_hour_keeps_peaks_counts_and_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
