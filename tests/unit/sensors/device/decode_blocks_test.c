/* decode_blocks_test.c - whole replies to values: bits across the borders of bytes, and the ends of
 * the address space.
 *
 * What decodes is held against two others: an encoder written here by weights, not by shifts, and
 * libmodbus. */
#include <string.h>

#include "sensors/device/decode.h"
#include "sensors/transport/libmodbus.h"
#include "tests/unit/expect.h"

struct bits {
    int count;
    bool on[FRAME_WORDS_MAX];
};

/* The reply to a read of coils: the first coil weighs 1 in the first byte. What is left of the last
 * byte is `padding`. */
static size_t encode_rtu(const struct bits *bits, bool padding, uint8_t to[static MBAP_FRAME_MAX])
{
    int byte_count = (bits->count + 7) / 8;
    to[0] = 17;
    to[1] = 1;
    to[2] = (uint8_t) byte_count;
    for (int byte = 0; byte < byte_count; byte++) {
        int sum = 0;
        int weight = 1;
        for (int i = 8 * byte; i < 8 * byte + 8; i++) {
            bool is_on = i < bits->count ? bits->on[i] : padding;
            sum += is_on ? weight : 0;
            weight *= 2;
        }
        to[3 + byte] = (uint8_t) sum;
    }
    size_t length = 3 + (size_t) byte_count;
    uint16_t crc = frame_crc(to, length);
    to[length] = (uint8_t) (crc % 256);
    to[length + 1] = (uint8_t) (crc / 256);
    return length + 2;
}

/* The words of the one answer in this stream. */
static void find_words(const struct frame_request *request, const uint8_t *bytes, size_t length,
                       uint16_t ret_words[static FRAME_WORDS_MAX])
{
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    uint8_t frame[MBAP_FRAME_MAX];
    size_t found = 0;
    frame_init(&stream, FRAMING_RTU, room, sizeof room);
    frame_feed(&stream, bytes, length);
    assert_int_equal(frame_find(&stream, request, frame, &found), FRAME_REPLY);
    assert_int_equal(found, length);
    frame_words(request, FRAMING_RTU, frame, ret_words);
}

/* A block with one point in it, which is moved about. */
static struct profile *block_of(uint8_t function, uint16_t address, uint16_t count)
{
    static struct profile profile; /* too large for a stack */
    profile = (struct profile){.read_count = 1, .point_count = 1};
    profile.read[0] = (struct profile_read){
        .name = "r", .function = function, .address = address, .count = count};
    profile.point[0] = (struct profile_point){
        .key = "p", .type = function <= 2 ? TYPE_BOOL : TYPE_UINT16, .scale = 1};
    return &profile;
}

static double value_at(struct profile *profile, int at, const uint16_t *words)
{
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    struct decode_block block = {.read = 0, .count = profile->read[0].count, .word = words};
    profile->point[0].at = (uint16_t) at;
    decode_block(profile, &block, values);
    assert_int_equal(values[0].quality, QUALITY_GOOD);
    return values[0].value;
}

static void expect_bits(struct libmodbus *codec, const struct bits *bits, bool padding)
{
    struct frame_request request = {
        .unit = 17, .function = 1, .address = 0, .count = (uint16_t) bits->count};
    uint8_t reply[MBAP_FRAME_MAX];
    static uint16_t words[FRAME_WORDS_MAX];
    static uint16_t theirs[FRAME_WORDS_MAX];
    size_t length = encode_rtu(bits, padding, reply);
    find_words(&request, reply, length, words);
    assert_true(libmodbus_judge(codec, FRAMING_RTU, &request, reply, length, theirs));
    assert_memory_equal(words, theirs, (size_t) bits->count * sizeof(words[0]));
    struct profile *profile = block_of(1, 0, (uint16_t) bits->count);
    for (int i = 0; i < bits->count; i++) {
        expect_near(value_at(profile, i, words), bits->on[i] ? 1 : 0, 0);
    }
}

/* All off, all on, every third, and as a coin falls. */
static void fill(struct bits *bits, int pattern)
{
    uint32_t coin = 12345;
    for (int i = 0; i < bits->count; i++) {
        coin = coin * 1664525U + 1013904223U;
        bits->on[i] = pattern == 1 || (pattern == 2 && i % 3 == 0) ||
                      (pattern == 3 && coin / 0x80000000U == 1);
    }
}

static void bits_keep_their_places_across_the_borders_of_bytes(void **state)
{
    (void) state;
    static const int counts[] = {1, 7, 8, 9, 15, 16, 17, 1999, 2000};
    struct libmodbus *codec = NULL;
    struct error error;
    assert_true(libmodbus_open(&codec, &error));
    static struct bits bits;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        bits.count = counts[i];
        for (int pattern = 0; pattern < 4; pattern++) {
            fill(&bits, pattern);
            expect_bits(codec, &bits, false);
            expect_bits(codec, &bits, true);
        }
    }
    libmodbus_close(codec);
}

/* Two bytes and a part of a third: 1100 1101, 0110 1011, 101, the first coil last in each. */
static void nineteen_coils_are_read_as_the_protocol_writes_them(void **state)
{
    (void) state;
    uint8_t reply[] = {0x11, 0x01, 0x03, 0xCD, 0x6B, 0x05, 0, 0};
    static const char in_order[] = "1011001111010110101";
    uint16_t crc = frame_crc(reply, 6);
    reply[6] = (uint8_t) (crc % 256);
    reply[7] = (uint8_t) (crc / 256);
    struct frame_request request = {.unit = 17, .function = 1, .address = 0x13, .count = 19};
    static uint16_t words[FRAME_WORDS_MAX];
    find_words(&request, reply, sizeof(reply), words);
    struct profile *profile = block_of(1, 0x13, 19);
    for (int i = 0; i < 19; i++) {
        expect_near(value_at(profile, i, words), in_order[i] - '0', 0);
    }
}

/* The ends of the address space. */

static void the_last_register_and_the_last_coil_can_be_asked_for(void **state)
{
    (void) state;
    static const struct frame_request last[] = {
        {.unit = 1, .function = 3, .address = 65535, .count = 1},
        {.unit = 1, .function = 4, .address = 65412, .count = 124},
        {.unit = 1, .function = 1, .address = 65535, .count = 1},
        {.unit = 1, .function = 2, .address = 63537, .count = 1999},
    };
    for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
        assert_true(frame_is_request(&last[i]));
        struct frame_request beyond = last[i];
        beyond.count++; /* the sum needs a 17th bit */
        assert_false(frame_is_request(&beyond));
    }
}

static void register_65535_decodes_like_any_other(void **state)
{
    (void) state;
    uint8_t reply[7] = {1, 3, 2, 0xFF, 0xFE};
    uint16_t crc = frame_crc(reply, 5);
    reply[5] = (uint8_t) (crc % 256);
    reply[6] = (uint8_t) (crc / 256);
    struct frame_request request = {.unit = 1, .function = 3, .address = 65535, .count = 1};
    static uint16_t words[FRAME_WORDS_MAX];
    find_words(&request, reply, sizeof(reply), words);
    expect_near(value_at(block_of(3, 65535, 1), 0, words), 65534, 0);
}

/* Devices that answer one register at a time. */

static void each_of_sixteen_blocks_of_one_register_fills_its_own_point(void **state)
{
    (void) state;
    struct profile *profile = block_of(3, 0, 1);
    profile->read_count = profile->point_count = PROFILE_READS_MAX;
    for (int i = 0; i < PROFILE_READS_MAX; i++) {
        profile->read[i] =
            (struct profile_read){.function = 3, .address = (uint16_t) i, .count = 1};
        profile->point[i] = (struct profile_point){.type = TYPE_UINT16, .scale = 1, .read = i};
    }
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_nothing(profile, 7, QUALITY_NO_ANSWER, REASON_TIMEOUT, values);
    for (int i = 0; i < PROFILE_READS_MAX; i++) {
        uint16_t word = (uint16_t) (100 + i);
        struct decode_block block = {.read = i, .count = 1, .word = &word};
        if (i != 7) {
            decode_block(profile, &block, values);
        }
    }
    for (int i = 0; i < PROFILE_READS_MAX; i++) {
        assert_int_equal(values[i].quality, i == 7 ? QUALITY_NO_ANSWER : QUALITY_GOOD);
        expect_near(values[i].value, i == 7 ? 0 : 100 + i, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_keep_their_places_across_the_borders_of_bytes),
        cmocka_unit_test(nineteen_coils_are_read_as_the_protocol_writes_them),
        cmocka_unit_test(the_last_register_and_the_last_coil_can_be_asked_for),
        cmocka_unit_test(register_65535_decodes_like_any_other),
        cmocka_unit_test(each_of_sixteen_blocks_of_one_register_fills_its_own_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
