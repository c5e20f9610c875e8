#include "tests/unit/sensors/modbus/frame_rig.h"

/* Writes: answers, echoes, and copies that prove nothing. */

static const struct frame_request writes[] = {
    {.unit = 1, .function = 5, .address = 2, .count = 1, .value = 0xFF00, .transaction = 7},
    {.unit = 1, .function = 6, .address = 2, .count = 1, .value = 0x0100, .transaction = 7},
    {.unit = 1, .function = 15, .address = 2, .count = 1, .value = 1, .transaction = 7},
    {.unit = 1, .function = 16, .address = 2, .count = 1, .value = 0xBEEF, .transaction = 7},
    {.unit = 1, .function = 5, .address = 0x200, .count = 1, .value = 50, .transaction = 7},
};
enum { WRITES = sizeof(writes) / sizeof(writes[0]) };

static void put_framed(struct bytes *bytes, enum framing framing, const uint8_t *body,
                       size_t length)
{
    if (framing == FRAMING_RTU) {
        put_rtu(bytes, body, length);
    } else {
        put_mbap(bytes, 7, body, length);
    }
}

static void put_answer(struct bytes *bytes, enum framing framing,
                       const struct frame_request *request)
{
    uint8_t frame[MBAP_FRAME_MAX];
    (void) frame_encode(request, framing, frame);
    put_framed(bytes, framing, framing == FRAMING_RTU ? frame : frame + 6, 6);
}

static void put_own(struct bytes *bytes, enum framing framing, const struct frame_request *request)
{
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = frame_encode(request, framing, frame);
    put(bytes, frame, length);
}

static struct found search(const struct bytes *bytes, enum framing framing,
                           const struct frame_request *request, size_t segment, bool is_echo_due)
{
    struct found found = {.verdict = FRAME_MORE};
    frame_init(&found.stream, framing, found_room, sizeof found_room);
    found.stream.is_echo_due = is_echo_due;
    for (size_t at = 0; at < bytes->length && found.verdict == FRAME_MORE; at += segment) {
        size_t rest = bytes->length - at;
        search_in(&found, request, bytes->byte + at, rest < segment ? rest : segment);
    }
    return found;
}

static enum frame_verdict verdict_of(const struct bytes *bytes, enum framing framing,
                                     const struct frame_request *request, bool is_echo_due)
{
    enum frame_verdict whole = search(bytes, framing, request, 2048, is_echo_due).verdict;
    assert_int_equal(search(bytes, framing, request, 1, is_echo_due).verdict, whole);
    assert_int_equal(search(bytes, framing, request, 5, is_echo_due).verdict, whole);
    return whole;
}

static void the_right_answer_confirms_a_write(void **state)
{
    (void) state;
    for (size_t i = 0; i < (size_t) WRITES * 2; i++) {
        enum framing framing = i % 2 == 0 ? FRAMING_RTU : FRAMING_MBAP;
        struct bytes bytes = {.length = 0};
        put_answer(&bytes, framing, &writes[i / 2]);
        assert_int_equal(verdict_of(&bytes, framing, &writes[i / 2], false), FRAME_REPLY);
    }
}

/* libmodbus 3.1.6 takes an answer that names another coil or value. */
static void an_answer_that_names_another_coil_or_value_is_no_answer(void **state)
{
    (void) state;
    for (size_t i = 0; i < (size_t) WRITES * 2; i++) {
        enum framing framing = i % 2 == 0 ? FRAMING_RTU : FRAMING_MBAP;
        for (size_t at = 2; at < 6; at++) {
            struct bytes right = {.length = 0};
            put_answer(&right, framing, &writes[i / 2]);
            uint8_t *body = right.byte + (framing == FRAMING_RTU ? 0 : 6);
            body[at] ^= 1;
            struct bytes bytes = {.length = 0};
            put_framed(&bytes, framing, body, 6);
            struct found found = search(&bytes, framing, &writes[i / 2], 2048, false);
            assert_int_equal(found.verdict, FRAME_MORE);
            assert_int_equal(found.stream.wrong_echoes, 1);
            body[at] ^= 1; /* the right one may still come behind it */
            put_framed(&bytes, framing, body, 6);
            assert_int_equal(verdict_of(&bytes, framing, &writes[i / 2], false), FRAME_REPLY);
        }
    }
}

static void on_an_echoing_adapter_the_first_copy_of_a_write_proves_nothing(void **state)
{
    (void) state;
    for (size_t i = 0; i < (size_t) WRITES * 2; i++) {
        enum framing framing = i % 2 == 0 ? FRAMING_RTU : FRAMING_MBAP;
        struct bytes bytes = {.length = 0};
        put_own(&bytes, framing, &writes[i / 2]);
        assert_int_equal(verdict_of(&bytes, framing, &writes[i / 2], true), FRAME_MORE);
        struct found found = search(&bytes, framing, &writes[i / 2], 1, true);
        assert_int_equal(found.stream.echoed_frames, 1);
        assert_int_equal(found.stream.noise_bytes, 0);
        assert_int_equal(found.stream.wrong_echoes, 0);
        put_answer(&bytes, framing, &writes[i / 2]);
        assert_int_equal(verdict_of(&bytes, framing, &writes[i / 2], true), FRAME_REPLY);
    }
}

static void a_write_of_many_is_never_confirmed_by_its_own_echo(void **state)
{
    (void) state;
    for (size_t i = 2; i < 4; i++) { /* functions 15 and 16 */
        struct bytes bytes = {.length = 0};
        put_own(&bytes, FRAMING_RTU, &writes[i]);
        assert_int_equal(verdict_of(&bytes, FRAMING_RTU, &writes[i], false), FRAME_MORE);
    }
}

static void a_refused_write_is_an_exception(void **state)
{
    (void) state;
    for (size_t i = 0; i < (size_t) WRITES * 2; i++) {
        enum framing framing = i % 2 == 0 ? FRAMING_RTU : FRAMING_MBAP;
        struct bytes bytes = {.length = 0};
        put_own(&bytes, framing, &writes[i / 2]); /* behind an echo too */
        put_framed(&bytes, framing, BODY(1, (uint8_t) (writes[i / 2].function | 0x80U), 2));
        assert_int_equal(verdict_of(&bytes, framing, &writes[i / 2], true), FRAME_EXCEPTION);
    }
}

static void a_damaged_answer_of_a_write_is_counted(void **state)
{
    (void) state;
    for (size_t i = 0; i < WRITES; i++) {
        for (size_t bit = 0; bit < (size_t) 8 * 8; bit++) {
            struct bytes bytes = {.length = 0};
            put_answer(&bytes, FRAMING_RTU, &writes[i]);
            bytes.byte[bit / 8] ^= (uint8_t) (1U << bit % 8);
            assert_int_equal(verdict_of(&bytes, FRAMING_RTU, &writes[i], false), FRAME_MORE);
        }
    }
}

/* The request 01 03 04 00 00 02: read as a reply it would promise four bytes. */
static void an_echo_that_looks_like_an_answer_does_not_damage_it(void **state)
{
    (void) state;
    struct frame_request request = {.unit = 1, .function = 3, .address = 0x0400, .count = 2};
    for (size_t segment = 1; segment < 20; segment++) {
        struct bytes bytes = {.length = 0};
        put_own(&bytes, FRAMING_RTU, &request);
        put_rtu(&bytes, GOOD_BODY);
        struct found found = search(&bytes, FRAMING_RTU, &request, segment, false);
        assert_int_equal(found.verdict, FRAME_REPLY);
        assert_int_equal(found.frame[3], 0xAA);
        assert_int_equal(found.stream.damaged_frames, 0);
        assert_int_equal(found.stream.echoed_frames, 1);
    }
}

static void a_wrong_transaction_id_is_told_apart_from_another_units_frame(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_mbap(&bytes, 0, GOOD_BODY);
    struct found found = search(&bytes, FRAMING_MBAP, &two_registers, 1, false);
    assert_int_equal(found.verdict, FRAME_MORE);
    assert_int_equal(found.stream.misnumbered_frames, 1);
    assert_int_equal(found.stream.misnumbered_id, 0);
    assert_int_equal(found.stream.foreign_frames, 1);
    bytes.length = 0;
    put_mbap(&bytes, 0x1233, BODY(2, 3, 4, 1, 1, 1, 1)); /* another unit's */
    put_mbap(&bytes, 0x1233, BODY(1, 3, 2, 1, 1));       /* another count */
    found = search(&bytes, FRAMING_MBAP, &two_registers, 1, false);
    assert_int_equal(found.stream.misnumbered_frames, 0);
    assert_int_equal(found.stream.foreign_frames, 2);
}

static void one_coil_or_register_may_be_written_and_never_to_everybody(void **state)
{
    (void) state;
    for (size_t i = 0; i < WRITES; i++) {
        struct frame_request request = writes[i];
        assert_true(frame_is_request(&request));
        request.unit = 0;
        assert_false(frame_is_request(&request));
        request = writes[i];
        request.count = 2;
        assert_false(frame_is_request(&request));
    }
    struct frame_request request = {.unit = 1, .function = 15, .count = 1, .value = 2};
    assert_false(frame_is_request(&request));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_answer_confirms_a_write),
        cmocka_unit_test(an_answer_that_names_another_coil_or_value_is_no_answer),
        cmocka_unit_test(on_an_echoing_adapter_the_first_copy_of_a_write_proves_nothing),
        cmocka_unit_test(a_write_of_many_is_never_confirmed_by_its_own_echo),
        cmocka_unit_test(a_refused_write_is_an_exception),
        cmocka_unit_test(a_damaged_answer_of_a_write_is_counted),
        cmocka_unit_test(an_echo_that_looks_like_an_answer_does_not_damage_it),
        cmocka_unit_test(a_wrong_transaction_id_is_told_apart_from_another_units_frame),
        cmocka_unit_test(one_coil_or_register_may_be_written_and_never_to_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
