#include "sensors/simulator/device/sim_line.h"

#include "tests/unit/sensors/simulator/device/sim_rig.h"

static void values_are_interpolated_between_the_moments_of_the_script(void **state)
{
    (void) state;
    expect_near(sim_value(&registers[0], 0), 25.0, 1e-9);
    expect_near(sim_value(&registers[0], 25 * US_PER_SECOND), 35.0, 1e-9);
    expect_near(sim_value(&registers[0], 99 * US_PER_SECOND), 45.0, 1e-9);
    struct sim_register again = registers[0];
    again.repeat_us = 40 * US_PER_SECOND;
    expect_near(sim_value(&again, 65 * US_PER_SECOND), 35.0, 1e-9);
}

static void a_block_is_answered_in_both_framings(void **state)
{
    (void) state;
    for (enum framing framing = FRAMING_RTU; framing <= FRAMING_MBAP; framing++) {
        struct bench bench;
        setup(&bench, framing);
        struct frame_request request = {
            .unit = 1, .function = 4, .address = 1, .count = 2, .transaction = 77};
        uint8_t frame[MBAP_FRAME_MAX];
        assert_int_equal(ask(&bench, &request, 25 * US_PER_SECOND), 1);
        assert_int_equal(verdict(&bench, &request, frame), FRAME_REPLY);
        size_t at = framing == FRAMING_RTU ? 3 : 9;
        assert_int_equal(word(frame, at), 350);
        assert_int_equal(word(frame, at + 2), 0xff83); /* -125 */
    }
}

static void floats_and_bits_stand_as_the_order_says(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    uint8_t frame[MBAP_FRAME_MAX];
    struct frame_request request = {.unit = 1, .function = 3, .address = 0, .count = 2};
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(verdict(&bench, &request, frame), FRAME_REPLY);
    assert_int_equal(word(frame, 3), 0x0fdb);
    assert_int_equal(word(frame, 5), 0x4049);
    request = (struct frame_request){.unit = 1, .function = 2, .address = 8, .count = 3};
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(verdict(&bench, &request, frame), FRAME_REPLY);
    assert_int_equal(frame[3], 0x02);
}

static void what_a_type_cannot_say_is_clamped(void **state)
{
    (void) state;
    static const struct {
        double value;
        enum value_type type;
        int raw;
    } cases[] = {
        {1e9, TYPE_INT16, 0x7fff},  {-1e9, TYPE_INT16, 0x8000},  {-5, TYPE_UINT16, 0},
        {1e9, TYPE_UINT16, 0xffff}, {-125, TYPE_SM10000, 10125}, {125, TYPE_SM10000, 125},
        {0.2, TYPE_BOOL, 0},        {1, TYPE_BIT, 0x20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_register reg = {.type = cases[i].type, .scale = 1, .bit = 5};
        uint16_t words[2];
        assert_int_equal(sim_register_words(&reg, cases[i].value, words), 1);
        assert_int_equal(words[0], cases[i].raw);
    }
}

static void unknown_units_are_silent_and_unknown_addresses_refused(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    uint8_t frame[MBAP_FRAME_MAX];
    struct frame_request request = {.unit = 9, .function = 4, .address = 1, .count = 2};
    assert_int_equal(ask(&bench, &request, 0), 0);
    request = (struct frame_request){.unit = 1, .function = 4, .address = 500, .count = 2};
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(verdict(&bench, &request, frame), FRAME_EXCEPTION);
    assert_int_equal(frame[2], 2);
    request.unit = 2; /* filled */
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(verdict(&bench, &request, frame), FRAME_REPLY);
    assert_int_equal(word(frame, 5), 7);
}

static void requests_may_come_split_glued_and_behind_noise(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 1};
    uint8_t bytes[MBAP_FRAME_MAX];
    size_t length = frame_encode(&request, FRAMING_RTU, bytes);
    sim_line_feed(&bench.port, (const uint8_t *) "ping", 4);
    sim_line_feed(&bench.port, bytes, 3);
    assert_false(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
    sim_line_feed(&bench.port, bytes + 3, length - 3);
    sim_line_feed(&bench.port, bytes, length);
    assert_true(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
    assert_true(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
    assert_false(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
}

static void too_much_noise_does_not_keep_a_request_out(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    uint8_t noise[4000];
    memset(noise, 0x55, sizeof noise);
    sim_line_feed(&bench.port, noise, sizeof noise);
    sim_line_feed(&bench.port, noise, 300);
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 1};
    assert_int_equal(ask(&bench, &request, 0), 1);
}

/* What a fault makes of an answer, as the gateway's framer sees it. */
struct dedup {
    const char *name;
    int32_t pieces; /* 0: one a byte, if there is any */
    enum frame_verdict verdict;
};

static void expect_fault(const struct dedup *seen, enum framing framing)
{
    struct bench bench;
    setup(&bench, framing);
    enum sim_fault fault = SIM_NO_FAULT;
    assert_true(sim_fault_find(seen->name, &fault));
    if (!sim_fault_fits(fault, framing)) {
        return;
    }
    assert_true(force(&bench, 1, fault));
    struct frame_request request = {
        .unit = 1, .function = 4, .address = 1, .count = 2, .transaction = 3};
    uint8_t frame[MBAP_FRAME_MAX];
    int32_t pieces = ask(&bench, &request, 0);
    assert_int_equal(pieces, seen->pieces > 0 ? (size_t) seen->pieces : bench.answer.length);
    assert_int_equal(verdict(&bench, &request, frame), seen->verdict);
    assert_int_equal(bench.answer.must_close, fault == SIM_CLOSE);
}

static void each_fault_does_what_its_name_says(void **state)
{
    (void) state;
    static const struct dedup cases[] = {
        {"well", 1, FRAME_REPLY},
        {"silent", 0, FRAME_MORE},
        {"late", 1, FRAME_REPLY},
        {"garbage", 1, FRAME_MORE},
        {"crc", 1, FRAME_MORE},
        {"wrong_unit", 1, FRAME_MORE},
        {"exception", 1, FRAME_EXCEPTION},
        {"split", 3, FRAME_REPLY},
        {"glued", 1, FRAME_REPLY},
        {"short", 1, FRAME_MORE},
        {"echo", 1, FRAME_REPLY},
        {"zeros", 1, FRAME_REPLY},
        {"heartbeat_before", 1, FRAME_REPLY},
        {"heartbeat_inside", 1, FRAME_MORE},
        {"imei", 1, FRAME_REPLY},
        {"wrong_count", 1, FRAME_MORE},
        {"fewer", 1, FRAME_MORE},
        {"crc_swapped", 1, FRAME_MORE},
        {"wrong_transaction", 1, FRAME_MORE},
        {"trickle", 0, FRAME_REPLY},
        {"close", 1, FRAME_MORE},
        {"wrong_echo", 1, FRAME_REPLY},
        {"no_effect", 1, FRAME_REPLY},
    };
    assert_int_equal(sizeof cases / sizeof cases[0], SIM_ANY);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_fault(&cases[i], FRAMING_RTU);
        expect_fault(&cases[i], FRAMING_MBAP);
    }
    enum sim_fault fault = SIM_NO_FAULT;
    assert_false(sim_fault_find("asleep", &fault));
}

static void a_late_answer_is_late_and_a_split_one_comes_in_pieces(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    bench.unit[0].latency_us = 3000;
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    assert_true(force(&bench, 1, SIM_LATE));
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(bench.answer.piece[0].after_us, SIM_LATE_US + 3000);
    assert_true(force(&bench, 1, SIM_SPLIT));
    assert_int_equal(ask(&bench, &request, 0), 3);
    size_t sum = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench.answer.piece[i].after_us, 3000 + i * SIM_SPLIT_US);
        assert_int_equal(bench.answer.piece[i].from, sum);
        sum += bench.answer.piece[i].length;
    }
    assert_int_equal(sum, 9);
}

static void the_script_of_faults_holds_until_somebody_forces_one(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    const struct sim_trouble trouble = {.from = 10, .until = 20, .fault = SIM_SILENT};
    bench.unit[0].trouble = &trouble;
    bench.unit[0].trouble_count = 1;
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    assert_int_equal(ask(&bench, &request, 9), 1);
    assert_int_equal(ask(&bench, &request, 10), 0);
    assert_int_equal(ask(&bench, &request, 20), 1);
    assert_true(force(&bench, 1, SIM_SPLIT));
    assert_int_equal(ask(&bench, &request, 10), 3);
    assert_true(force(&bench, 1, SIM_NO_FAULT));
    assert_int_equal(ask(&bench, &request, 10), 0);
    assert_false(force(&bench, 77, SIM_SILENT));
}

static void a_word_by_hand_replaces_the_scripts(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    uint8_t frame[MBAP_FRAME_MAX];
    assert_true(sim_line_set(&bench.line, 1, 4, 1, 0x8000));
    assert_true(sim_line_set(&bench.line, 1, 4, 1, 0x7fff));
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(verdict(&bench, &request, frame), FRAME_REPLY);
    assert_int_equal(word(frame, 3), 0x7fff);
    assert_false(sim_line_set(&bench.line, 77, 4, 1, 0));
    for (int i = 0; i < WORDS - 1; i++) {
        assert_true(sim_line_set(&bench.line, 1, 3, (uint16_t) (100 + i), 1));
    }
    assert_false(sim_line_set(&bench.line, 1, 3, 999, 1));
}

static void a_paced_line_answers_as_late_as_a_real_one(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    bench.line.baud = 9600;
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    assert_int_equal(ask(&bench, &request, 0), 1);
    /* 8 + 9 characters of 1041 us and a gap of 3.5 */
    assert_int_equal(bench.answer.piece[0].after_us, 17 * 1041 + 3643);
}

static void noise_stays_within_its_bounds(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    struct sim_register reg = registers[1];
    reg.noise = 0.5;
    bench.unit[0].registers = &reg;
    bench.unit[0].register_count = 1;
    struct frame_request request = {.unit = 1, .function = 4, .address = 2, .count = 1};
    int lowest = 0;
    int highest = -1000;
    for (int i = 0; i < 500; i++) {
        uint8_t frame[MBAP_FRAME_MAX];
        assert_int_equal(ask(&bench, &request, 0), 1);
        assert_int_equal(verdict(&bench, &request, frame), FRAME_REPLY);
        int raw = word(frame, 3) - 65536;
        lowest = raw < lowest ? raw : lowest;
        highest = raw > highest ? raw : highest;
    }
    assert_in_range(lowest + 1000, 1000 - 130, 1000 - 129);
    assert_in_range(highest + 1000, 1000 - 121, 1000 - 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_interpolated_between_the_moments_of_the_script),
        cmocka_unit_test(a_block_is_answered_in_both_framings),
        cmocka_unit_test(floats_and_bits_stand_as_the_order_says),
        cmocka_unit_test(what_a_type_cannot_say_is_clamped),
        cmocka_unit_test(unknown_units_are_silent_and_unknown_addresses_refused),
        cmocka_unit_test(requests_may_come_split_glued_and_behind_noise),
        cmocka_unit_test(too_much_noise_does_not_keep_a_request_out),
        cmocka_unit_test(each_fault_does_what_its_name_says),
        cmocka_unit_test(a_late_answer_is_late_and_a_split_one_comes_in_pieces),
        cmocka_unit_test(the_script_of_faults_holds_until_somebody_forces_one),
        cmocka_unit_test(a_word_by_hand_replaces_the_scripts),
        cmocka_unit_test(a_paced_line_answers_as_late_as_a_real_one),
        cmocka_unit_test(noise_stays_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
