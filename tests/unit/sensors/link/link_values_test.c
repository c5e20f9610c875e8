/* Words that are no values, and bits across bytes, all the way through a link of each kind. */
#include "tests/unit/sensors/link/link_rig.h"

static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint8_t data[250]; /* what the device sends behind the byte count */

static void respond_data(struct rig *rig)
{
    bool is_bits = rig->request.function <= 2;
    size_t count = is_bits ? (rig->request.count + 7U) / 8U : 2U * rig->request.count;
    uint8_t body[256] = {rig->request.unit, rig->request.function, (uint8_t) count};
    memcpy(body + 3, data, count);
    uint8_t frame[RIG_BYTES];
    rig_send(rig, 400 * RIG_MS, frame, rig_frame(rig, body, 3 + count, frame));
}

/* One device with one block and one point. */
static struct profile *prepare(struct rig *rig, enum link_kind kind)
{
    rig_prepare(rig, kind, 1, 1000);
    struct profile *profile = rig_profile();
    profile->timeout_ms = 500;
    profile->read_count = 1;
    profile->point_count = 1;
    rig->respond = respond_data;
    return profile;
}

static void ask(struct rig *rig)
{
    rig_make_link(rig);
    rig_open(rig);
    rig_await(rig);
    assert_true(rig->result.is_answered);
}

static void set_register(size_t index, uint16_t word)
{
    data[2 * index] = (uint8_t) (word >> 8U);
    data[2 * index + 1] = (uint8_t) (word & 0xFFU);
}

static const struct float_case {
    uint32_t bits;
    bool is_number;
    double value;
} floats[] = {
    {0x41C80000, true, 25.0},
    {0xC2480000, true, -50.0},
    {0x00000001, true, 1.4e-45} /* the smallest denormal */,
    {0x80000000, true, 0.0},
    {0x7FC00000, false, 0},
    {0xFFC00001, false, 0},
    {0x7F800001, false, 0},
    {0x7F800000, false, 0},
    {0xFF800000, false, 0},
};

static void expect_float(enum link_kind kind, enum byte_order order,
                         const struct float_case *wanted)
{
    static const uint8_t shifts[4][4] = {
        [ORDER_ABCD] = {24, 16, 8, 0},
        [ORDER_CDAB] = {8, 0, 24, 16},
        [ORDER_BADC] = {16, 24, 0, 8},
        [ORDER_DCBA] = {0, 8, 16, 24},
    };
    struct rig rig;
    struct profile *profile = prepare(&rig, kind);
    profile->point[0].type = TYPE_FLOAT32;
    profile->point[0].order = order;
    for (size_t i = 0; i < 4; i++) {
        data[i] = (uint8_t) (wanted->bits >> shifts[order][i] & 0xFFU);
    }
    ask(&rig);
    assert_int_equal(rig.value.quality, wanted->is_number ? QUALITY_GOOD : QUALITY_BAD);
    assert_int_equal(rig.value.reason, wanted->is_number ? REASON_NONE : REASON_NOT_A_NUMBER);
    expect_near(rig.value.value, wanted->value, 1e-46);
    rig_stop(&rig);
}

static void expect_floats(enum link_kind kind, enum byte_order order)
{
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        expect_float(kind, order, &floats[i]);
    }
}

static void a_float_is_a_number_in_any_order_or_bad(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        for (enum byte_order order = ORDER_ABCD; order <= ORDER_DCBA; order++) {
            expect_floats(kinds[i], order);
        }
    }
}

static void a_devices_word_for_no_value_is_none(void **state)
{
    (void) state;
    static const uint16_t words[] = {0, 0xFFFF, 0x8000, 250};
    for (size_t i = 0; i < (size_t) KINDS * 4; i++) {
        struct rig rig;
        struct profile *profile = prepare(&rig, kinds[i / 4]);
        profile->point[0].type = TYPE_INT16;
        profile->point[0].scale = 0.1;
        profile->point[0].bad_count = 3;
        for (size_t k = 0; k < 3; k++) {
            profile->point[0].bad[k].raw = words[k];
            profile->point[0].bad[k].means = "no value";
        }
        set_register(0, words[i % 4]);
        ask(&rig);
        bool is_value = i % 4 == 3;
        assert_int_equal(rig.value.quality, is_value ? QUALITY_GOOD : QUALITY_BAD);
        assert_int_equal(rig.value.reason, is_value ? REASON_NONE : REASON_SENTINEL);
        expect_near(rig.value.value, is_value ? 25.0 : 0.0, 1e-9);
        rig_stop(&rig);
    }
}

static void expect_bit(enum link_kind kind, uint8_t function, uint16_t count, uint16_t at,
                       bool is_on)
{
    struct rig rig;
    struct profile *profile = prepare(&rig, kind);
    profile->read[0].function = function;
    profile->read[0].count = count;
    profile->point[0].type = TYPE_BOOL;
    profile->point[0].at = at;
    memset(data, is_on ? 0 : 0xFF, sizeof data);
    uint32_t weight = 1; /* packed otherwise than it is unpacked: by doubling */
    for (uint16_t i = 0; i < at % 8; i++) {
        weight *= 2;
    }
    data[at / 8] = (uint8_t) (is_on ? weight : 0xFF - weight);
    ask(&rig);
    assert_int_equal(rig.value.quality, QUALITY_GOOD);
    expect_near(rig.value.value, is_on ? 1 : 0, 0);
    rig_stop(&rig);
}

static void bits_are_found_across_the_borders_of_bytes(void **state)
{
    (void) state;
    static const uint16_t counts[] = {1, 7, 8, 9, 2000};
    for (size_t i = 0; i < (size_t) KINDS * 5; i++) {
        uint16_t count = counts[i % 5];
        uint16_t last = (uint16_t) (count - 1);
        for (uint8_t function = 1; function <= 2; function++) {
            expect_bit(kinds[i / 5], function, count, last, true);
            expect_bit(kinds[i / 5], function, count, last, false);
            expect_bit(kinds[i / 5], function, count, (uint16_t) (last / 2), true);
        }
    }
}

static void the_last_register_there_is_can_be_asked(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        struct profile *profile = prepare(&rig, kinds[i]);
        profile->read[0].address = 0xFFFF;
        profile->read[0].count = 1;
        profile->point[0].type = TYPE_UINT16;
        set_register(0, 0xBEEF);
        ask(&rig);
        assert_int_equal(rig.request.address, 0xFFFF);
        expect_near(rig.value.value, 0xBEEF, 0);
        rig_stop(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_float_is_a_number_in_any_order_or_bad),
        cmocka_unit_test(a_devices_word_for_no_value_is_none),
        cmocka_unit_test(bits_are_found_across_the_borders_of_bytes),
        cmocka_unit_test(the_last_register_there_is_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
