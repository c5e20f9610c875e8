#include "sensors/dtu/dtu_filter.h"

#include "tests/unit/sensors/dtu/dtu_rig.h"

static const struct dtu_text heartbeats[] = {{4, (const uint8_t *) "ping"},
                                             {10, (const uint8_t *) "www.usr.cn"},
                                             {1, (const uint8_t *) "$"},
                                             {2, (const uint8_t *) "\xFE\xFE"}};
static const struct dtu_settings shop = {.registration = {10, (const uint8_t *) "LOGIN:1001"},
                                         .heartbeat_count = 4,
                                         .heartbeat = heartbeats};
static const struct frame_request two = {.unit = 1, .function = 4, .address = 1, .count = 2};

/* A link that waits for the answer to `request` behind a filter. */
struct ear {
    struct dtu_filter filter;
    struct frame_request request;
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    size_t answered; /* length of the answer, 0: not yet */
    uint8_t answer[MBAP_FRAME_MAX];
    uint32_t noise;
};

static void listen_for(struct ear *ear, const struct dtu_settings *settings,
                       const struct frame_request *request)
{
    uint8_t bytes[MBAP_FRAME_MAX];
    *ear = (struct ear){.request = *request};
    frame_init(&ear->stream, FRAMING_RTU, ear->room, sizeof ear->room);
    dtu_filter_reset(&ear->filter, settings);
    size_t length = frame_encode(request, FRAMING_RTU, bytes);
    dtu_filter_ask(&ear->filter, bytes, length);
}

static void hear(struct ear *ear, const uint8_t *bytes, size_t length)
{
    uint8_t passed[DTU_FILTER_OUT_MAX];
    size_t count = dtu_filter_take(&ear->filter, bytes, length, passed);
    frame_feed(&ear->stream, passed, count);
    if (ear->answered == 0 &&
        frame_find(&ear->stream, &ear->request, ear->answer, &ear->answered) != FRAME_MORE) {
        dtu_filter_answered(&ear->filter);
    } else if (ear->answered != 0) {
        ear->noise += (uint32_t) count;
    }
}

static void expect_answer(const struct ear *ear, const struct stream *reply)
{
    assert_int_equal(ear->answered, reply->length);
    assert_memory_equal(ear->answer, reply->bytes, reply->length);
}

static void hear_in_pieces(const struct dtu_settings *settings, const struct stream *stream,
                           const struct stream *reply, size_t first, size_t second)
{
    struct ear ear;
    listen_for(&ear, settings, &two);
    hear(&ear, stream->bytes, first);
    hear(&ear, stream->bytes + first, second - first);
    hear(&ear, stream->bytes + second, stream->length - second);
    expect_answer(&ear, reply);
}

/* Cut into three at every pair of places, and into single bytes. */
static void expect_however_cut(const struct dtu_settings *settings, const struct stream *stream,
                               const struct stream *reply)
{
    for (size_t first = 0; first <= stream->length; first++) {
        for (size_t second = first; second <= stream->length; second++) {
            hear_in_pieces(settings, stream, reply, first, second);
        }
    }
    struct ear ear;
    listen_for(&ear, settings, &two);
    for (size_t i = 0; i < stream->length; i++) {
        hear(&ear, stream->bytes + i, 1);
    }
    expect_answer(&ear, reply);
}

static struct stream good_reply(void)
{
    struct stream reply = {0};
    put_frame(&reply, "\x01\x04\x04\x01\x31\x02\x22", 7);
    return reply;
}

/* `texts` are put into the reply at every place, one after the other. */
static void expect_with_inside(const char *text)
{
    struct stream reply = good_reply();
    for (size_t at = 0; at <= reply.length; at++) {
        struct stream stream = {0};
        put(&stream, reply.bytes, at);
        put_text(&stream, text);
        put(&stream, reply.bytes + at, reply.length - at);
        expect_however_cut(&shop, &stream, &reply);
    }
}

static void a_heartbeat_may_fall_anywhere_and_be_cut_anywhere(void **state)
{
    (void) state;
    expect_with_inside("ping");
    expect_with_inside("www.usr.cn");
    expect_with_inside("$");
    expect_with_inside("\xFE\xFE");
    expect_with_inside("pingping");
    expect_with_inside("pingwww.usr.cn");
}

static void two_heartbeats_may_fall_into_one_reply(void **state)
{
    (void) state;
    struct stream reply = good_reply();
    for (size_t first = 0; first <= reply.length; first++) {
        for (size_t second = first; second <= reply.length; second++) {
            struct stream stream = {0};
            put(&stream, reply.bytes, first);
            put_text(&stream, "ping");
            put(&stream, reply.bytes + first, second - first);
            put_text(&stream, "www.usr.cn");
            put(&stream, reply.bytes + second, reply.length - second);
            expect_however_cut(&shop, &stream, &reply);
        }
    }
}

static void the_registration_before_every_packet_is_dropped(void **state)
{
    (void) state;
    struct stream reply = good_reply();
    for (size_t at = 0; at <= reply.length; at++) {
        struct stream stream = {0};
        put_text(&stream, "LOGIN:1001");
        put(&stream, reply.bytes, at);
        put_text(&stream, "LOGIN:1001");
        put(&stream, reply.bytes + at, reply.length - at);
        expect_however_cut(&shop, &stream, &reply);
    }
}

static void a_registration_that_comes_once_is_not_looked_for_later(void **state)
{
    (void) state;
    struct dtu_settings once = shop;
    once.mode = DTU_ONCE;
    struct stream reply = good_reply();
    struct stream stream = {0};
    put_text(&stream, "LOGIN:1001");
    put(&stream, reply.bytes, reply.length);
    expect_however_cut(&once, &stream, &reply); /* before the frame it is noise */
    struct ear ear;
    listen_for(&ear, &once, &two);
    hear(&ear, reply.bytes, 4);
    hear(&ear, (const uint8_t *) "LOGIN:1001", 10);
    hear(&ear, reply.bytes + 4, reply.length - 4);
    assert_int_equal(ear.answered, 0);
}

static void data_that_spell_a_heartbeat_survive(void **state)
{
    (void) state;
    struct stream reply = {0};
    put_frame(&reply, "\x01\x04\x04ping", 7);
    expect_however_cut(&shop, &reply, &reply);
    struct stream single = {0};
    put_frame(&single, "\x01\x04\x04$$$$", 7);
    expect_however_cut(&shop, &single, &single);
}

static void data_that_spell_a_heartbeat_survive_a_true_one(void **state)
{
    (void) state;
    struct stream reply = {0};
    put_frame(&reply, "\x01\x04\x04ping", 7);
    for (size_t at = 0; at <= reply.length; at++) {
        struct stream stream = {0};
        put(&stream, reply.bytes, at);
        put_text(&stream, "ping");
        put(&stream, reply.bytes + at, reply.length - at);
        expect_however_cut(&shop, &stream, &reply);
    }
}

static void a_refusal_is_an_answer_too(void **state)
{
    (void) state;
    struct stream refusal = {0};
    put_frame(&refusal, "\x01\x84\x02", 3);
    for (size_t at = 0; at <= refusal.length; at++) {
        struct stream stream = {0};
        put(&stream, refusal.bytes, at);
        put_text(&stream, "ping");
        put(&stream, refusal.bytes + at, refusal.length - at);
        expect_however_cut(&shop, &stream, &refusal);
    }
}

/* The link has to see both, else it would believe the first. */
static void two_answers_in_one_piece_are_handed_on_together(void **state)
{
    (void) state;
    static const char *const between[] = {"", "ping", "ping$"};
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        struct stream stream = {0};
        put_frame(&stream, "\x01\x04\x04\x01\x02\x03\x04", 7);
        put_text(&stream, between[i]);
        put_frame(&stream, "\x01\x04\x04\x05\x06\x07\x08", 7);
        put_text(&stream, "ping");
        struct ear ear;
        listen_for(&ear, &shop, &two);
        hear(&ear, stream.bytes, stream.length);
        assert_int_equal(ear.answered, 0);
        assert_int_equal(ear.stream.damaged_frames, 1);
    }
}

static void an_echo_of_a_write_is_an_answer(void **state)
{
    (void) state;
    struct stream request = {0};
    put_frame(&request, "\x05\x05\x00\x03\xFF\x00", 6);
    for (size_t at = 1; at < request.length; at++) {
        struct dtu_filter filter;
        uint8_t to[DTU_FILTER_OUT_MAX];
        dtu_filter_reset(&filter, &shop);
        dtu_filter_ask(&filter, request.bytes, request.length);
        assert_int_equal(dtu_filter_take(&filter, request.bytes, at, to), 0);
        assert_int_equal(dtu_filter_take(&filter, (const uint8_t *) "ping", 4, to), 0);
        assert_int_equal(dtu_filter_take(&filter, request.bytes + at, request.length - at, to), 8);
        assert_memory_equal(to, request.bytes, 8);
    }
}

static void a_damaged_reply_is_handed_on_as_it_came(void **state)
{
    (void) state;
    struct stream reply = good_reply();
    reply.bytes[4] ^= 1;
    struct ear ear;
    listen_for(&ear, &shop, &two);
    hear(&ear, reply.bytes, reply.length);
    assert_int_equal(ear.answered, 0);
    uint8_t to[DTU_FILTER_OUT_MAX];
    assert_int_equal(dtu_filter_give_up(&ear.filter, to), reply.length);
    assert_memory_equal(to, reply.bytes, reply.length);
    assert_int_equal(dtu_filter_give_up(&ear.filter, to), 0);
}

static void without_a_request_words_go_and_the_rest_stays(void **state)
{
    (void) state;
    static const char stream[] = "xpingyLOGIN:1001z$www.usr.cnwww.usr.cq";
    for (size_t cut = 0; cut < sizeof stream; cut++) {
        struct dtu_filter filter;
        uint8_t to[2 * DTU_FILTER_OUT_MAX];
        dtu_filter_reset(&filter, &shop);
        size_t count = dtu_filter_take(&filter, (const uint8_t *) stream, cut, to);
        count += dtu_filter_take(&filter, (const uint8_t *) stream + cut, sizeof stream - 1 - cut,
                                 to + count);
        assert_int_equal(count, 13);
        assert_memory_equal(to, "xyzwww.usr.cq", 13);
    }
}

static void the_longest_word_is_the_one_meant(void **state)
{
    (void) state;
    static const struct dtu_text pings[] = {{8, (const uint8_t *) "pingpong"},
                                            {4, (const uint8_t *) "ping"}};
    const struct dtu_settings settings = {
        .registration = {3, (const uint8_t *) "pin"}, .heartbeat_count = 2, .heartbeat = pings};
    struct dtu_filter filter;
    uint8_t to[DTU_FILTER_OUT_MAX];
    dtu_filter_reset(&filter, &settings);
    assert_int_equal(dtu_filter_take(&filter, (const uint8_t *) "xpingpongy", 10, to), 2);
    assert_memory_equal(to, "xy", 2);
}

static void half_a_heartbeat_before_the_request_is_dropped_with_its_other_half(void **state)
{
    (void) state;
    struct stream reply = good_reply();
    for (size_t cut = 1; cut < 10; cut++) {
        struct dtu_filter filter;
        uint8_t request[MBAP_FRAME_MAX];
        uint8_t to[DTU_FILTER_OUT_MAX];
        dtu_filter_reset(&filter, &shop);
        assert_int_equal(dtu_filter_take(&filter, (const uint8_t *) "www.usr.cn", cut, to), 0);
        dtu_filter_ask(&filter, request, frame_encode(&two, FRAMING_RTU, request));
        assert_int_equal(
            dtu_filter_take(&filter, (const uint8_t *) "www.usr.cn" + cut, 10 - cut, to), 0);
        assert_true(dtu_filter_take(&filter, reply.bytes, reply.length, to) >= reply.length);
    }
}

static void what_came_before_the_request_never_answers_it(void **state)
{
    (void) state;
    struct stream reply = good_reply();
    struct ear ear;
    listen_for(&ear, &shop, &two);
    hear(&ear, reply.bytes, reply.length - 1); /* its last byte never comes */
    uint8_t request[MBAP_FRAME_MAX];
    dtu_filter_ask(&ear.filter, request, frame_encode(&two, FRAMING_RTU, request));
    uint8_t to[DTU_FILTER_OUT_MAX];
    size_t last = reply.length - 1;
    assert_int_equal(dtu_filter_take(&ear.filter, reply.bytes + last, 1, to), 0);
}

static void a_flood_is_pushed_through_and_the_answer_behind_it_is_found(void **state)
{
    (void) state;
    uint8_t flood[DTU_FILTER_TAKE_MAX];
    memset(flood, 'x', sizeof flood);
    struct stream reply = good_reply();
    struct ear ear;
    listen_for(&ear, &shop, &two);
    for (int i = 0; i < 20; i++) {
        hear(&ear, flood, sizeof flood);
    }
    /* The link has counted all but what is held here and its own last bytes. */
    assert_int_equal(ear.stream.noise_bytes + ear.stream.length + ear.filter.length,
                     20 * sizeof flood);
    hear(&ear, reply.bytes, 5);
    hear(&ear, (const uint8_t *) "ping", 4);
    hear(&ear, reply.bytes + 5, reply.length - 5);
    expect_answer(&ear, &reply);
}

/* No wrong value by luck: a damaged reply full of words is tried a few times only. */
static void damaged_replies_are_not_mended(void **state)
{
    (void) state;
    uint32_t dice = 7;
    int taken = 0;
    for (int round = 0; round < 20000; round++) {
        struct stream reply = {0};
        put_frame(&reply, "\x01\x04\x04$$$$", 7);
        for (int i = 0; i < 3; i++) {
            dice = dice * 1664525U + 1013904223U;
            reply.bytes[3 + dice / 65536 % 6] = (uint8_t) (dice >> 8);
        }
        uint16_t crc = frame_crc(reply.bytes, 7);
        if (reply.bytes[7] == (crc & 0xFF) && reply.bytes[8] == crc >> 8) {
            continue;
        }
        put_text(&reply, "$$");
        struct ear ear;
        listen_for(&ear, &shop, &two);
        hear(&ear, reply.bytes, reply.length);
        taken += ear.answered > 0 ? 1 : 0;
    }
    assert_true(taken <= 3); /* 20000 * 5 / 65536 expected at the most */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heartbeat_may_fall_anywhere_and_be_cut_anywhere),
        cmocka_unit_test(two_heartbeats_may_fall_into_one_reply),
        cmocka_unit_test(the_registration_before_every_packet_is_dropped),
        cmocka_unit_test(a_registration_that_comes_once_is_not_looked_for_later),
        cmocka_unit_test(data_that_spell_a_heartbeat_survive),
        cmocka_unit_test(data_that_spell_a_heartbeat_survive_a_true_one),
        cmocka_unit_test(a_refusal_is_an_answer_too),
        cmocka_unit_test(two_answers_in_one_piece_are_handed_on_together),
        cmocka_unit_test(an_echo_of_a_write_is_an_answer),
        cmocka_unit_test(a_damaged_reply_is_handed_on_as_it_came),
        cmocka_unit_test(without_a_request_words_go_and_the_rest_stays),
        cmocka_unit_test(the_longest_word_is_the_one_meant),
        cmocka_unit_test(half_a_heartbeat_before_the_request_is_dropped_with_its_other_half),
        cmocka_unit_test(what_came_before_the_request_never_answers_it),
        cmocka_unit_test(a_flood_is_pushed_through_and_the_answer_behind_it_is_found),
        cmocka_unit_test(damaged_replies_are_not_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
