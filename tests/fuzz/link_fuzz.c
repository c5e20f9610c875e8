/* link_fuzz.c - any bytes at any time, over each kind of link, with reads and outputs: the link
 * never hangs, never asks what is no request, never asks while it waits, and tells every poll.
 *
 * Input: kind, then records: an operation, and what it needs. */
#include "sensors/link/link.h"

#include <string.h>

#include "gateway/base/check.h"

enum { DEVICES = 3, STEPS_MAX = 4000 };

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct input {
    const uint8_t *at, *end;
};

struct play {
    struct link *link;
    struct link_step step;
    enum framing framing;
    us_t now;
    uint8_t sent[FRAME_REQUEST_MAX];
    size_t sent_length; /* of the request in hand */
    int32_t result_count;
};

static uint8_t next(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static us_t on_result(void *context, const struct link_result *result)
{
    struct play *play = context;
    play->result_count++;
    CHECK(result->device >= 0 && result->device < DEVICES);
    CHECK(result->at == play->now);
    CHECK(result->is_answered == (result->reason == REASON_NONE));
    return 0;
}

static void on_write(void *context, const struct link_write *write)
{
    (void) context;
    CHECK(write->unit >= 1 && write->unit <= DEVICES);
}

static bool judge(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words)
{
    (void) context;
    CHECK(length == frame_reply_length(request, framing));
    if (!frame_is_write(request)) {
        frame_words(request, framing, frame, ret_words);
    }
    return true;
}

static size_t encode(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to)
{
    (void) context;
    return frame_encode(request, framing, to);
}

/* The side of the daemon. */

static const struct profile_output siren = {
    .key = "siren",
    .write = {.function = 5, .address = 3, .on = 0xFF00, .off = 0},
    .has_pulse = true,
    .has_verify = true,
    .pulse = {.function = 5, .address = 0x200, .unit_ms = 100, .max = 100},
    .verify = {.function = 1, .address = 3, .on = 1, .off = 0, .within_ms = 500},
};

static struct profile *make_profile(struct arena *arena)
{
    struct profile *profile = arena_take(arena, 1, sizeof *profile);
    *profile = (struct profile){
        .id = "fuzz", .timeout_ms = 100, .poll_ms = 1000, .read_count = 2, .point_count = 2};
    for (int32_t i = 0; i < 2; i++) {
        profile->read[i] = (struct profile_read){
            .name = "r", .function = (uint8_t) (i == 0 ? 3 : 1), .count = 2, .every = 1};
        profile->point[i] = (struct profile_point){
            .key = "p", .read = i, .type = i == 0 ? TYPE_UINT32 : TYPE_BOOL, .scale = 1};
    }
    return profile;
}

static void make_link(struct play *play, struct arena *arena, enum link_kind kind)
{
    static const struct link_output outputs[] = {{.output = &siren},
                                                 {.output = &siren, .pulse_ms = 3000}};
    struct link_device *device = arena_take(arena, DEVICES, sizeof *device);
    struct link_settings *settings = arena_take(arena, 1, sizeof *settings);
    for (int32_t i = 0; i < DEVICES; i++) {
        device[i] = (struct link_device){.id = "d",
                                         .profile = make_profile(arena),
                                         .unit = (uint8_t) (i + 1),
                                         .poll_ms = 500 + 100 * i,
                                         .output_count = i == 0 ? 2 : 0,
                                         .output = outputs};
    }
    *settings = (struct link_settings){.id = "l",
                                       .kind = kind,
                                       .baud = 9600,
                                       .parity = 'N',
                                       .stop_bits = 1,
                                       .device_count = DEVICES,
                                       .device = device};
    struct link_callbacks callbacks = {.context = play,
                                       .on_result = on_result,
                                       .on_write = on_write,
                                       .judge = judge,
                                       .encode = encode};
    play->framing = kind == LINK_TCP ? FRAMING_MBAP : FRAMING_RTU;
    play->link = link_new(arena, settings, &callbacks, play->now);
}

/* Playing. */

static void obey(struct play *play, struct link_step step)
{
    play->step = step;
    CHECK(step.wake_at > play->now || step.must_reopen);
    if (step.must_reopen) {
        CHECK(!link_is_up(play->link));
        play->step = link_closed(play->link, play->now);
        return;
    }
    if (step.send == NULL) {
        return;
    }
    CHECK(link_is_up(play->link) && step.send_length <= sizeof play->sent);
    memcpy(play->sent, step.send, step.send_length);
    play->sent_length = step.send_length;
    const uint8_t *body = step.send + (play->framing == FRAMING_MBAP ? 6 : 0);
    CHECK(body[0] >= 1 && body[0] <= DEVICES);
}

/* Lets the time pass, and whatever falls due. */
static void wait(struct play *play, us_t span)
{
    us_t until = play->now + span;
    for (int i = 0; i < STEPS_MAX && play->step.wake_at <= until; i++) {
        play->now = play->step.wake_at;
        obey(play, link_tick(play->link, play->now));
    }
    CHECK(play->step.wake_at > until || span > 10 * US_PER_SECOND);
    play->now = until;
}

static void wait_long(struct play *play, int32_t seconds)
{
    for (int32_t i = 0; i < seconds; i++) {
        wait(play, US_PER_SECOND);
    }
}

/* A sound answer to the request in hand, with one byte changed by `twist` at `where`. */
static void answer(struct play *play, uint8_t where, uint8_t twist)
{
    uint8_t frame[64] = {0};
    size_t head = play->framing == FRAMING_MBAP ? 6 : 0;
    const uint8_t *asked = play->sent + head;
    size_t body = asked[1] == 3 ? 7 : asked[1] == 1 ? 4 : 6;
    memcpy(frame, play->sent, head);
    memcpy(frame + head, asked, 6);
    if (asked[1] < 5) {
        frame[head + 2] = (uint8_t) (body - 3);
    }
    frame[head + where % body] ^= twist;
    if (head > 0) {
        frame[5] = (uint8_t) body;
    } else {
        uint16_t crc = frame_crc(frame, body);
        frame[body] = (uint8_t) (crc & 0xFFU);
        frame[body + 1] = (uint8_t) (crc >> 8U);
    }
    size_t length = head > 0 ? head + body : body + 2;
    obey(play, link_received(play->link, frame, length, play->now));
}

static void take_bytes(struct play *play, struct input *input)
{
    uint8_t bytes[256];
    size_t length = next(input);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = next(input);
    }
    obey(play, link_received(play->link, bytes, length, play->now));
}

static void act(struct play *play, struct input *input)
{
    uint8_t first = next(input);
    uint8_t second = next(input);
    switch (first % 8) {
    case 0:
        take_bytes(play, input);
        break;
    case 1:
        wait(play, (us_t) second * 20 * US_PER_MS);
        break;
    case 2:
        answer(play, first / 8, play->sent_length > 0 ? second : 0);
        break;
    case 3:
        obey(play, link_is_up(play->link)
                       ? link_interrupted(play->link, play->now + second * US_PER_MS, play->now)
                       : link_opened(play->link, play->now));
        break;
    case 4:
        link_want(play->link, 0, second % 2, second >= 128, play->now);
        obey(play, link_tick(play->link, play->now));
        break;
    case 5:
        obey(play, link_is_up(play->link) ? link_closed(play->link, play->now)
                                          : link_opened(play->link, play->now));
        break;
    case 6: /* an echo */
        obey(play, link_received(play->link, play->sent, play->sent_length, play->now));
        break;
    default:
        if (second >= 250) {
            link_make_safe(play->link, play->now);
        } else {
            link_delay(play->link, play->now + (us_t) second * US_PER_MS);
        }
        obey(play, link_tick(play->link, play->now));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = {.at = bytes, .end = bytes + length};
    struct arena *arena = arena_new();
    struct play play = {.now = 1000 * US_PER_SECOND, .sent = {1, 3, 0, 0, 0, 2, 1, 3}};
    make_link(&play, arena, (enum link_kind)(next(&input) % 4));
    obey(&play, link_opened(play.link, play.now));
    while (input.at < input.end) {
        act(&play, &input);
    }
    int32_t before = play.result_count;
    link_make_safe(play.link, play.now);
    obey(&play, link_tick(play.link, play.now));
    wait_long(&play, 30);
    CHECK(play.result_count > before + 6); /* and silence is loud */
    wait_long(&play, 120);
    CHECK(link_is_safe(play.link)); /* or nothing more can be done */
    arena_free(arena);
    return 0;
}
