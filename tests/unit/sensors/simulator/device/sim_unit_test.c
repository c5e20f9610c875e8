#include "sensors/simulator/device/sim_unit.h"

#include "tests/unit/sensors/simulator/device/sim_rig.h"

/* Sends a request of any function as RTU, and returns the answer's bytes without unit and CRC; 0:
 * silence. */
static size_t tell(struct bench *bench, const uint8_t *pdu, size_t length, us_t now,
                   const uint8_t **ret_pdu)
{
    uint8_t bytes[RTU_FRAME_MAX] = {1};
    memcpy(bytes + 1, pdu, length);
    uint16_t crc = frame_crc(bytes, length + 1);
    bytes[length + 1] = (uint8_t) crc;
    bytes[length + 2] = (uint8_t) (crc >> 8);
    sim_line_feed(&bench->port, bytes, length + 3);
    assert_true(sim_line_next(&bench->line, &bench->port, now, &bench->answer));
    *ret_pdu = bench->answer.bytes + 1;
    return bench->answer.length < 3 ? 0 : bench->answer.length - 3;
}

/* The answer must be these bytes. */
static void expect_told(struct bench *bench, const uint8_t *pdu, size_t length, us_t now,
                        const uint8_t *wanted, size_t wanted_length)
{
    const uint8_t *answer = NULL;
    assert_int_equal(tell(bench, pdu, length, now, &answer), wanted_length);
    assert_memory_equal(answer, wanted, wanted_length);
}

#define TELL(bench, now, pdu, wanted) \
    expect_told(bench, pdu, sizeof(pdu), now, wanted, sizeof(wanted))

static const uint8_t read_coils[] = {1, 0, 0, 0, 12};
static const uint8_t read_words[] = {3, 0, 0, 0, 2};

static void setup_writable(struct bench *bench)
{
    setup(bench, FRAMING_RTU);
    bench->unit[0].register_count = 0;
    bench->unit[0].fill = 0;
    bench->unit[0].is_writable = true;
}

static void coils_that_are_written_read_back(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    static const uint8_t lit[] = {5, 0, 2, 0xff, 0};
    static const uint8_t one[] = {1, 2, 4, 0};
    static const uint8_t many[] = {15, 0, 3, 0, 9, 2, 0x81, 1};
    static const uint8_t done[] = {15, 0, 3, 0, 9};
    static const uint8_t all[] = {1, 2, 0x0c, 0x0c};
    static const uint8_t half[] = {5, 0, 2, 0x55, 0};
    static const uint8_t no[] = {0x85, 3};
    TELL(&bench, 0, lit, lit);
    TELL(&bench, 0, read_coils, one);
    TELL(&bench, 0, many, done);
    TELL(&bench, 0, read_coils, all);
    TELL(&bench, 0, half, no);
    TELL(&bench, 0, read_coils, all);
}

static void registers_that_are_written_read_back(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    static const uint8_t one[] = {6, 0, 1, 0x12, 0x34};
    static const uint8_t many[] = {16, 0, 0, 0, 2, 4, 0xab, 0xcd, 0, 1};
    static const uint8_t done[] = {16, 0, 0, 0, 2};
    static const uint8_t first[] = {3, 4, 0, 0, 0x12, 0x34};
    static const uint8_t second[] = {3, 4, 0xab, 0xcd, 0, 1};
    TELL(&bench, 0, one, one);
    TELL(&bench, 0, read_words, first);
    TELL(&bench, 0, many, done);
    TELL(&bench, 0, read_words, second);
}

static void writes_where_nothing_is_are_refused(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    bench.unit[0].fill = -1;
    static const uint8_t write[] = {6, 0, 1, 0, 1};
    static const uint8_t past[] = {16, 0xff, 0xff, 0, 2, 4, 0, 0, 0, 0};
    static const uint8_t none[] = {15, 0, 0, 0, 0, 0};
    static const uint8_t no_address[] = {0x86, 2};
    static const uint8_t no_range[] = {0x90, 2};
    static const uint8_t no_count[] = {0x8f, 3};
    TELL(&bench, 0, write, no_address);
    bench.unit[0].fill = 0;
    TELL(&bench, 0, past, no_range);
    TELL(&bench, 0, none, no_count);
}

static void a_full_memory_refuses_what_is_written(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    bench.unit[0].word_max = 1;
    static const uint8_t first[] = {6, 0, 1, 0, 1};
    static const uint8_t second[] = {6, 0, 2, 0, 1};
    static const uint8_t full[] = {0x86, 4};
    TELL(&bench, 0, first, first);
    TELL(&bench, 0, second, full);
}

/* A relay board: coil 0x0200 + n is a pulse of coil n, words of 6 at 1 ... 8 are commands. */
static const struct sim_order orders[] = {
    {.function = 5,
     .address = 0x200,
     .count = 8,
     .act = SIM_ACT_PULSE,
     .value = 1,
     .unit_us = 100000,
     .target_function = 1},
    {.function = 5,
     .address = 0xff,
     .count = 1,
     .mask = 0xffff,
     .raw = 0xff00,
     .value = 1,
     .target_function = 1,
     .target_count = 8},
    {.function = 6,
     .address = 1,
     .count = 8,
     .mask = 0xffff,
     .raw = 0x300,
     .act = SIM_ACT_TOGGLE,
     .target_function = 3,
     .target_address = 1},
    {.function = 6,
     .address = 1,
     .count = 8,
     .mask = 0xffff,
     .raw = 0x200,
     .target_function = 3,
     .target_address = 1},
};

static void setup_board(struct bench *bench)
{
    setup(bench, FRAMING_RTU);
    bench->unit[0].fill = 0;
    bench->unit[0].register_count = 0;
    bench->unit[0].order = orders;
    bench->unit[0].order_count = 4;
}

static void a_pulse_ends_by_itself(void **state)
{
    (void) state;
    struct bench bench;
    setup_board(&bench);
    static const uint8_t pulse[] = {5, 2, 3, 0, 50}; /* coil 3 for 5 s */
    static const uint8_t lit[] = {1, 2, 8, 0};
    static const uint8_t off[] = {1, 2, 0, 0};
    TELL(&bench, 7, pulse, pulse);
    TELL(&bench, 7 + 5 * US_PER_SECOND - 1, read_coils, lit);
    TELL(&bench, 7 + 5 * US_PER_SECOND, read_coils, off);
}

static void a_word_can_be_a_command(void **state)
{
    (void) state;
    struct bench bench;
    setup_board(&bench);
    static const uint8_t all[] = {5, 0, 0xff, 0xff, 0};
    static const uint8_t eight[] = {1, 2, 0xff, 0};
    static const uint8_t toggle[] = {6, 0, 1, 3, 0};
    static const uint8_t off[] = {6, 0, 1, 2, 0};
    static const uint8_t is_on[] = {3, 4, 0, 0, 0, 1};
    static const uint8_t is_off[] = {3, 4, 0, 0, 0, 0};
    static const uint8_t other[] = {6, 0, 1, 9, 9};
    static const uint8_t no[] = {0x86, 2};
    TELL(&bench, 0, all, all);
    TELL(&bench, 0, read_coils, eight);
    TELL(&bench, 0, toggle, toggle);
    TELL(&bench, 0, read_words, is_on);
    TELL(&bench, 0, toggle, toggle);
    TELL(&bench, 0, read_words, is_off);
    TELL(&bench, 0, toggle, toggle);
    TELL(&bench, 0, off, off);
    TELL(&bench, 0, read_words, is_off);
    TELL(&bench, 0, other, no);
}

static void a_write_can_be_acknowledged_and_not_done_or_done_and_denied(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    static const uint8_t write[] = {6, 0, 1, 0, 8};
    static const uint8_t wrong[] = {6, 0, 1, 0, 9};
    static const uint8_t before[] = {3, 4, 0, 0, 0, 0};
    static const uint8_t after[] = {3, 4, 0, 0, 0, 8};
    assert_true(force(&bench, 1, SIM_NO_EFFECT));
    TELL(&bench, 0, write, write);
    TELL(&bench, 0, read_words, before);
    assert_true(force(&bench, 1, SIM_WRONG_ECHO));
    TELL(&bench, 0, write, wrong);
    TELL(&bench, 0, read_words, after);
}

static void a_write_to_all_is_done_and_not_answered(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    uint8_t bytes[] = {0, 6, 0, 1, 0, 8, 0, 0};
    uint16_t crc = frame_crc(bytes, 6);
    bytes[6] = (uint8_t) crc;
    bytes[7] = (uint8_t) (crc >> 8);
    static const uint8_t after[] = {3, 4, 0, 0, 0, 8};
    sim_line_feed(&bench.port, bytes, sizeof bytes);
    assert_true(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
    assert_int_equal(bench.answer.piece_count, 0);
    TELL(&bench, 0, read_words, after);
}

static void long_writes_may_come_in_pieces_and_behind_noise(void **state)
{
    (void) state;
    struct bench bench;
    setup_writable(&bench);
    uint8_t bytes[] = {1, 16, 0, 0, 0, 2, 4, 0xab, 0xcd, 0, 1, 0, 0};
    uint16_t crc = frame_crc(bytes, 11);
    bytes[11] = (uint8_t) crc;
    bytes[12] = (uint8_t) (crc >> 8);
    static const uint8_t after[] = {3, 4, 0xab, 0xcd, 0, 1};
    sim_line_feed(&bench.port, (const uint8_t *) "noise", 5);
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_false(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
        sim_line_feed(&bench.port, bytes + i, 1);
    }
    assert_true(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
    TELL(&bench, 0, read_words, after);
}

static void a_code_says_where_and_when_it_was_asked_for(void **state)
{
    (void) state;
    static const struct sim_register codes[] = {
        {.function = 3, .address = 0x0102, .kind = SIM_CODE, .type = TYPE_UINT32},
        {.function = 3, .address = 0x0104, .kind = SIM_LINE, .type = TYPE_UINT16},
    };
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    bench.line.number = 300;
    bench.unit[0].registers = codes;
    bench.unit[0].register_count = 2;
    static const uint8_t read[] = {3, 1, 2, 0, 3};
    static const uint8_t first[] = {3, 6, 1, 2, 0, 1, 1, 44};
    static const uint8_t second[] = {3, 6, 1, 2, 0, 2, 1, 44};
    TELL(&bench, 0, read, first);
    TELL(&bench, 0, read, second);
}

static void a_prefix_stands_before_each_answer(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    bench.line.prefix = (struct sim_bytes){.length = 3, .bytes = "A01"};
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_memory_equal(bench.answer.bytes, "A01\1\4\4", 6);
    assert_true(force(&bench, 1, SIM_CLOSE));
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(bench.answer.length, 3 + 4);
}

static void a_share_of_the_answers_fails_and_any_draws_from_all(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    struct sim_trouble trouble = {.fault = SIM_SILENT, .share = 0.25};
    assert_true(sim_line_force(&bench.line, 1, &trouble));
    int silent = 0;
    for (int i = 0; i < 1000; i++) {
        silent += ask(&bench, &request, 0) == 0;
    }
    assert_in_range(silent, 200, 300);
    bool is_drawn[SIM_ANY] = {false};
    for (uint64_t i = 0; i < 100; i++) {
        enum sim_fault fault = sim_fault_draw(i, FRAMING_MBAP);
        assert_true(sim_fault_fits(fault, FRAMING_MBAP));
        is_drawn[fault] = true;
    }
    for (int i = SIM_SILENT; i < SIM_ANY; i++) {
        assert_int_equal(is_drawn[i], sim_fault_fits((enum sim_fault) i, FRAMING_MBAP));
    }
}

static void a_refusal_has_the_code_of_the_trouble_and_lateness_its_span(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_RTU);
    static const uint8_t read[] = {4, 0, 1, 0, 1};
    static const uint8_t busy[] = {0x84, 6};
    struct sim_trouble trouble = {.fault = SIM_EXCEPTION, .code = 6};
    assert_true(sim_line_force(&bench.line, 1, &trouble));
    TELL(&bench, 0, read, busy);
    trouble = (struct sim_trouble){.fault = SIM_LATE, .late_us = 300};
    assert_true(sim_line_force(&bench.line, 1, &trouble));
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    assert_int_equal(ask(&bench, &request, 0), 1);
    assert_int_equal(bench.answer.piece[0].after_us, 300);
}

/* A request with some bytes changed, cut anywhere. */
static void feed_half_right(struct bench *bench, uint64_t *dice)
{
    uint8_t bytes[MBAP_FRAME_MAX];
    struct frame_request request = {.unit = 1,
                                    .function = (uint8_t) (1 + sim_random(dice) % 4),
                                    .address = (uint16_t) (sim_random(dice) % 65000),
                                    .count = (uint16_t) (1 + sim_random(dice) % 125)};
    size_t length = frame_encode(&request, bench->line.framing, bytes);
    for (uint64_t k = sim_random(dice) % 3; k > 0; k--) {
        bytes[sim_random(dice) % length] = (uint8_t) sim_random(dice);
    }
    sim_line_feed(&bench->port, bytes, 1 + sim_random(dice) % length);
}

static void harass(enum framing framing)
{
    uint64_t dice = 7;
    struct bench bench;
    setup(&bench, framing);
    bench.unit[0].is_writable = true;
    bench.unit[0].fill = 0;
    bench.line.prefix.length = bench.line.heartbeat.length = SIM_TEXT_MAX;
    assert_true(force(&bench, 1, SIM_ANY));
    for (int i = 0; i < 20000; i++) {
        feed_half_right(&bench, &dice);
        while (sim_line_next(&bench.line, &bench.port, i, &bench.answer)) {
            assert_true(bench.answer.length <= SIM_ANSWER_MAX);
        }
    }
}

/* Whatever comes in, in whatever fault: no byte outside the buffers (the sanitizers watch), no
 * endless loop. */
static void no_stream_of_bytes_harms_it(void **state)
{
    (void) state;
    harass(FRAMING_RTU);
    harass(FRAMING_MBAP);
}

static void writes_to_a_sensor_are_refused(void **state)
{
    (void) state;
    struct bench bench;
    setup(&bench, FRAMING_MBAP);
    const uint8_t write_one[] = {0, 1, 0, 0, 0, 6, 1, 6, 0, 1, 0, 5};
    sim_line_feed(&bench.port, write_one, sizeof write_one);
    assert_true(sim_line_next(&bench.line, &bench.port, 0, &bench.answer));
    assert_int_equal(bench.answer.bytes[7], 0x86);
    assert_int_equal(bench.answer.bytes[8], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coils_that_are_written_read_back),
        cmocka_unit_test(registers_that_are_written_read_back),
        cmocka_unit_test(writes_where_nothing_is_are_refused),
        cmocka_unit_test(a_full_memory_refuses_what_is_written),
        cmocka_unit_test(a_pulse_ends_by_itself),
        cmocka_unit_test(a_word_can_be_a_command),
        cmocka_unit_test(a_write_can_be_acknowledged_and_not_done_or_done_and_denied),
        cmocka_unit_test(a_write_to_all_is_done_and_not_answered),
        cmocka_unit_test(long_writes_may_come_in_pieces_and_behind_noise),
        cmocka_unit_test(a_code_says_where_and_when_it_was_asked_for),
        cmocka_unit_test(a_prefix_stands_before_each_answer),
        cmocka_unit_test(a_share_of_the_answers_fails_and_any_draws_from_all),
        cmocka_unit_test(a_refusal_has_the_code_of_the_trouble_and_lateness_its_span),
        cmocka_unit_test(no_stream_of_bytes_harms_it),
        cmocka_unit_test(writes_to_a_sensor_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
