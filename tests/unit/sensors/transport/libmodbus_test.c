#include "sensors/transport/libmodbus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/expect.h"

static struct libmodbus *open_codec(void)
{
    struct libmodbus *codec = NULL;
    struct error error;
    assert_true(libmodbus_open(&codec, &error));
    return codec;
}

/* A good reply whose register i holds base + i. */
static size_t reply_of(const struct frame_request *request, enum framing framing, uint16_t base,
                       uint8_t *to)
{
    size_t at = 0;
    if (framing == FRAMING_MBAP) {
        const uint8_t header[6] = {
            (uint8_t) (request->transaction >> 8), (uint8_t) request->transaction, 0, 0, 0,
            (uint8_t) (3 + 2 * request->count)};
        memcpy(to, header, sizeof header);
        at = sizeof header;
    }
    size_t start = at;
    to[at++] = request->unit;
    to[at++] = request->function;
    to[at++] = (uint8_t) (2 * request->count);
    for (uint16_t i = 0; i < request->count; i++) {
        to[at++] = (uint8_t) ((base + i) >> 8);
        to[at++] = (uint8_t) (base + i);
    }
    if (framing == FRAMING_RTU) {
        uint16_t crc = frame_crc(to + start, at - start);
        to[at++] = (uint8_t) crc;
        to[at++] = (uint8_t) (crc >> 8);
    }
    return at;
}

static void encoding_agrees_with_our_own_in_both_framings(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    for (uint8_t function = 1; function <= 4; function++) {
        for (enum framing framing = FRAMING_RTU; framing <= FRAMING_MBAP; framing++) {
            struct frame_request request = {.unit = 17,
                                            .function = function,
                                            .address = 0x1234,
                                            .count = 7,
                                            .transaction = 0xabcd};
            uint8_t theirs[MBAP_FRAME_MAX];
            uint8_t ours[MBAP_FRAME_MAX];
            size_t length = libmodbus_encode(codec, framing, &request, theirs);
            assert_int_equal(length, frame_encode(&request, framing, ours));
            assert_memory_equal(theirs, ours, length);
        }
    }
    libmodbus_close(codec);
}

static void what_modbus_does_not_know_is_refused(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    uint8_t to[MBAP_FRAME_MAX];
    const struct frame_request wrong[] = {
        {.unit = 0, .function = 3, .address = 0, .count = 1},
        {.unit = 248, .function = 3, .address = 0, .count = 1},
        {.unit = 255, .function = 3, .address = 0, .count = 1},
        {.unit = 1, .function = 7, .address = 0, .count = 1},
        {.unit = 0, .function = 6, .address = 0, .count = 1},  /* a broadcast */
        {.unit = 1, .function = 16, .address = 0, .count = 2}, /* more than one word */
        {.unit = 1, .function = 15, .address = 0, .count = 1, .value = 2},
        {.unit = 1, .function = 3, .address = 0, .count = 0},
        {.unit = 1, .function = 3, .address = 0, .count = 126},
        {.unit = 1, .function = 1, .address = 0, .count = 2001},
        {.unit = 1, .function = 3, .address = 0xffff, .count = 2},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(libmodbus_encode(codec, FRAMING_RTU, &wrong[i], to), 0);
    }
    assert_int_equal(libmodbus_encode(codec, FRAMING_MBAP, &wrong[2], to), 12);
    libmodbus_close(codec);
}

static const struct frame_request writes[] = {
    {.unit = 1, .function = 5, .address = 0, .count = 1, .value = 0xFF00},
    {.unit = 1, .function = 5, .address = 3, .count = 1, .value = 0},
    {.unit = 1, .function = 6, .address = 1, .count = 1, .value = 0x0100},
    {.unit = 2, .function = 15, .address = 7, .count = 1, .value = 1},
    {.unit = 2, .function = 16, .address = 0x1000, .count = 1, .value = 0xABCD},
    {.unit = 1, .function = 5, .address = 0x0200, .count = 1, .value = 0x0032}, /* a pulse of 5 s */
};
enum { WRITES = sizeof writes / sizeof writes[0] };

/* The answer of a write: its first six bytes, framed anew. */
static size_t echo_of(const struct frame_request *request, enum framing framing, uint8_t *to)
{
    size_t length = frame_encode(request, framing, to);
    if (framing == FRAMING_MBAP) {
        to[5] = 6;
        return 12;
    }
    uint16_t crc = frame_crc(to, 6);
    to[6] = (uint8_t) crc;
    to[7] = (uint8_t) (crc >> 8);
    return length < 8 ? length : 8;
}

static void a_write_is_encoded_like_our_own_and_as_the_manuals_print_it(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    uint8_t theirs[MBAP_FRAME_MAX];
    uint8_t ours[MBAP_FRAME_MAX];
    for (size_t i = 0; i < WRITES; i++) {
        for (enum framing framing = FRAMING_RTU; framing <= FRAMING_MBAP; framing++) {
            size_t length = libmodbus_encode(codec, framing, &writes[i], theirs);
            assert_int_equal(length, frame_encode(&writes[i], framing, ours));
            assert_memory_equal(theirs, ours, length);
        }
    }
    assert_int_equal(libmodbus_encode(codec, FRAMING_RTU, &writes[0], theirs), 8);
    assert_memory_equal(theirs, "\x01\x05\x00\x00\xFF\x00\x8C\x3A", 8);
    assert_int_equal(libmodbus_encode(codec, FRAMING_RTU, &writes[5], theirs), 8);
    assert_memory_equal(theirs, "\x01\x05\x02\x00\x00\x32\x4D\xA7", 8);
    libmodbus_close(codec);
}

/* Reads of another length in between: libmodbus's count of its own calls is never lost. */
static void a_writes_answer_is_accepted_among_reads(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[2000];
    for (int i = 0; i < 1000; i++) {
        enum framing framing = i % 2 == 0 ? FRAMING_RTU : FRAMING_MBAP;
        const struct frame_request *write = &writes[i / 2 % WRITES];
        size_t length = echo_of(write, framing, frame);
        assert_true(libmodbus_judge(codec, framing, write, frame, length, words));
        struct frame_request read = {.unit = 3, .function = 4, .address = 1, .count = 5};
        length = reply_of(&read, framing, (uint16_t) i, frame);
        assert_true(libmodbus_judge(codec, framing, &read, frame, length, words));
        assert_int_equal(words[4], i + 4);
    }
    libmodbus_close(codec);
}

static void a_damaged_answer_of_a_write_is_refused_where_it_can_be_told(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    uint8_t frame[MBAP_FRAME_MAX];
    for (size_t i = 0; i + 1 < WRITES; i++) {
        size_t length = echo_of(&writes[i], FRAMING_RTU, frame);
        frame[3] ^= 0x10;
        assert_false(libmodbus_judge(codec, FRAMING_RTU, &writes[i], frame, length, NULL));
        frame[3] ^= 0x10;
        assert_true(libmodbus_judge(codec, FRAMING_RTU, &writes[i], frame, length, NULL));
    }
    libmodbus_close(codec);
}

static void a_good_reply_gives_its_registers(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    for (enum framing framing = FRAMING_RTU; framing <= FRAMING_MBAP; framing++) {
        struct frame_request request = {.unit = 3, .function = 4, .address = 1, .count = 125};
        uint8_t frame[MBAP_FRAME_MAX];
        uint16_t words[2000];
        size_t length = reply_of(&request, framing, 1000, frame);
        assert_true(libmodbus_judge(codec, framing, &request, frame, length, words));
        assert_int_equal(words[0], 1000);
        assert_int_equal(words[124], 1124);
    }
    libmodbus_close(codec);
}

static void bits_come_one_a_word(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    struct frame_request request = {.unit = 1, .function = 2, .address = 0, .count = 10};
    uint8_t frame[] = {1, 2, 2, 0x05, 0x02, 0, 0};
    uint16_t crc = frame_crc(frame, 5);
    frame[5] = (uint8_t) crc;
    frame[6] = (uint8_t) (crc >> 8);
    uint16_t words[2000];
    assert_true(libmodbus_judge(codec, FRAMING_RTU, &request, frame, sizeof frame, words));
    const uint16_t expected[10] = {1, 0, 1, 0, 0, 0, 0, 0, 0, 1};
    assert_memory_equal(words, expected, sizeof expected);
    libmodbus_close(codec);
}

/* What link.c relies on when it does not ask about each reply at full speed: on MBAP the verdict is
 * the head's. */
static void over_tcp_the_data_changes_no_verdict(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    struct frame_request request = {.unit = 3, .function = 3, .address = 0, .count = 4};
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[2000];
    uint16_t ours[FRAME_WORDS_MAX];
    uint32_t random = 1;
    size_t length = reply_of(&request, FRAMING_MBAP, 0, frame);
    for (int i = 0; i < 20000; i++) {
        for (size_t k = length - 8; k < length; k++) {
            random = random * 1664525U + 1013904223U;
            frame[k] = (uint8_t) (random >> 24);
        }
        assert_true(libmodbus_judge(codec, FRAMING_MBAP, &request, frame, length, words));
        frame_words(&request, FRAMING_MBAP, frame, ours);
        assert_memory_equal(words, ours, 4 * sizeof ours[0]);
    }
    libmodbus_close(codec);
}

/* libmodbus counts its own transactions in 16 bits; encoding in between does not disturb that. */
static void a_hundred_thousand_replies_are_all_accepted(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[2000];
    for (uint32_t i = 0; i < 100000; i++) {
        struct frame_request request = {
            .unit = 1, .function = 3, .address = 9, .count = 2, .transaction = (uint16_t) (i * 7)};
        size_t length = reply_of(&request, FRAMING_MBAP, (uint16_t) i, frame);
        assert_true(libmodbus_judge(codec, FRAMING_MBAP, &request, frame, length, words));
        assert_int_equal(words[0], (uint16_t) i);
        if (i % 1000 == 0) {
            assert_int_equal(libmodbus_encode(codec, FRAMING_MBAP, &request, frame), 12);
        }
    }
    libmodbus_close(codec);
}

static void a_refused_frame_leaves_nothing_before_the_next(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[2000];
    for (enum framing framing = FRAMING_RTU; framing <= FRAMING_MBAP; framing++) {
        struct frame_request request = {.unit = 9, .function = 3, .address = 0, .count = 4};
        size_t length = reply_of(&request, framing, 7, frame);
        for (size_t flip = 0; flip < length * 8; flip++) {
            uint8_t damaged[MBAP_FRAME_MAX];
            memcpy(damaged, frame, length);
            damaged[flip / 8] ^= (uint8_t) (1U << (flip % 8));
            bool is_accepted = libmodbus_judge(codec, framing, &request, damaged, length, words);
            assert_false(framing == FRAMING_RTU && is_accepted);
            assert_true(libmodbus_judge(codec, framing, &request, frame, length, words));
            assert_int_equal(words[3], 10);
        }
    }
    libmodbus_close(codec);
}

static void a_frame_of_another_length_is_refused(void **state)
{
    (void) state;
    struct libmodbus *codec = open_codec();
    struct frame_request request = {.unit = 9, .function = 3, .address = 0, .count = 4};
    struct frame_request other = {.unit = 9, .function = 3, .address = 0, .count = 5};
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[2000];
    size_t length = reply_of(&other, FRAMING_RTU, 7, frame);
    assert_false(libmodbus_judge(codec, FRAMING_RTU, &request, frame, length, words));
    assert_false(libmodbus_judge(codec, FRAMING_RTU, &request, frame, length - 2, words));
    assert_false(libmodbus_judge(codec, FRAMING_RTU, &request, frame, 0, words));
    /* libmodbus itself would read a good reply and leave what is glued to it for the next call. */
    length = reply_of(&request, FRAMING_RTU, 7, frame);
    assert_false(libmodbus_judge(codec, FRAMING_RTU, &request, frame, length + 3, words));
    assert_true(libmodbus_judge(codec, FRAMING_RTU, &request, frame, length, words));
    libmodbus_close(codec);
}

/* libmodbus waits by select and would abort. */
static void a_file_descriptor_beyond_select_is_refused(void **state)
{
    (void) state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    struct rlimit wide = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (limit.rlim_max < 1100 || setrlimit(RLIMIT_NOFILE, &wide) != 0) {
        skip();
    }
    int taken[1100];
    int count = 0;
    do {
        taken[count] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    } while (taken[count++] < 1024);
    struct libmodbus *codec = NULL;
    struct error error;
    bool is_open = libmodbus_open(&codec, &error);
    for (int i = 0; i < count; i++) {
        (void) close(taken[i]);
    }
    (void) setrlimit(RLIMIT_NOFILE, &limit);
    assert_false(is_open);
    assert_non_null(strstr(error.text, "1024"));
}

static int open_pty(char path[static 64])
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, path, 64), 0);
    return master;
}

static void a_serial_port_is_opened_for_us_alone(void **state)
{
    (void) state;
    char path[64];
    int master = open_pty(path);
    int fd = libmodbus_open_serial(path, 9600, 'N', 1);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(write(fd, "\n\r\x03", 3), 3);
    char bytes[8];
    assert_int_equal(read(master, bytes, sizeof bytes), 3); /* raw: nothing is translated */
    assert_memory_equal(bytes, "\n\r\x03", 3);
    assert_int_equal(libmodbus_open_serial(path, 9600, 'N', 1), -1);
    assert_int_equal(errno, EBUSY);
    (void) ioctl(fd, TIOCNXCL);
    (void) close(fd);
    fd = libmodbus_open_serial(path, 115200, 'E', 1);
    assert_true(fd >= 0);
    (void) close(fd);
    (void) close(master);
}

static void why_a_port_cannot_be_opened_is_in_errno(void **state)
{
    (void) state;
    assert_int_equal(libmodbus_open_serial("/dev/no-such-port", 9600, 'N', 1), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(libmodbus_open_serial("/dev/null", 14400, 'N', 1), -1);
    assert_int_equal(errno, EINVAL);
    errno = 0;
    assert_int_equal(libmodbus_open_serial("/dev/null", 9600, 'X', 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(libmodbus_open_serial("/dev/null", 9600, 'N', 1), -1);
    assert_int_equal(errno, ENOTTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_agrees_with_our_own_in_both_framings),
        cmocka_unit_test(what_modbus_does_not_know_is_refused),
        cmocka_unit_test(a_write_is_encoded_like_our_own_and_as_the_manuals_print_it),
        cmocka_unit_test(a_writes_answer_is_accepted_among_reads),
        cmocka_unit_test(a_damaged_answer_of_a_write_is_refused_where_it_can_be_told),
        cmocka_unit_test(a_good_reply_gives_its_registers),
        cmocka_unit_test(bits_come_one_a_word),
        cmocka_unit_test(over_tcp_the_data_changes_no_verdict),
        cmocka_unit_test(a_hundred_thousand_replies_are_all_accepted),
        cmocka_unit_test(a_refused_frame_leaves_nothing_before_the_next),
        cmocka_unit_test(a_frame_of_another_length_is_refused),
        cmocka_unit_test(a_file_descriptor_beyond_select_is_refused),
        cmocka_unit_test(a_serial_port_is_opened_for_us_alone),
        cmocka_unit_test(why_a_port_cannot_be_opened_is_in_errno),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
