/* link_rig.h - a link with scripted devices behind it, in virtual time. For the tests of link. */
#pragma once

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/link/link.h"
#ifndef RIG_BARE /* a program without cmocka */
#include "tests/unit/expect.h"
#endif

enum { RIG_DEVICES = 32, RIG_QUEUE = 32, RIG_BYTES = 300 };

#define RIG_SECOND US_PER_SECOND
#define RIG_MS US_PER_MS

/* Bytes that will arrive. */
struct rig_chunk {
    us_t at;
    size_t length;
    uint8_t bytes[RIG_BYTES];
};

struct rig {
    struct arena *arena;
    struct link *link;
    us_t now;
    us_t reopen_at;
    us_t asked_at;
    us_t delay_on_result;
    void (*respond)(struct rig *rig); /* the devices */
    /* the last of each */
    struct link_output_change change;
    struct decode_value value; /* of point 0 or 1, as the block has it */
    struct link_write write;
    struct link_step step;
    struct link_result result;
    struct link_settings settings;
    struct link_device device[RIG_DEVICES];
    struct rig_chunk chunk[RIG_QUEUE];
    enum framing framing;
    int32_t reopen_count;
    int32_t ask_count;
    int32_t result_count, answered_count;
    int32_t wrong_count; /* accepted, but not what was asked for */
    int32_t judge_count; /* how often libmodbus was asked */
    int32_t write_count, change_count;
    uint32_t seed;
    int32_t chunk_count;
    int32_t asks[RIG_DEVICES];
    int32_t results_of[RIG_DEVICES], answers_of[RIG_DEVICES];
    struct frame_request request; /* what was asked last */
    bool keeps_closed;            /* do not reopen by itself */
    bool refuses_encode, refuses_judge;
};

/* Two blocks of the same shape: two registers at 0 and two at 100, each one uint32. */
static inline struct profile *rig_profile(void)
{
    static struct profile profile;
    profile = (struct profile){
        .id = "rig", .timeout_ms = 100, .poll_ms = 1000, .read_count = 2, .point_count = 2};
    for (int32_t i = 0; i < 2; i++) {
        profile.read[i] = (struct profile_read){
            .name = "r", .function = 3, .address = (uint16_t) (100 * i), .count = 2, .every = 1};
        profile.point[i] =
            (struct profile_point){.key = "p", .read = i, .type = TYPE_UINT32, .scale = 1};
    }
    return &profile;
}

/* Names unit, block and transaction, so that a value of any other request shows. */
static inline uint32_t rig_code(uint8_t unit, uint16_t address, int32_t round)
{
    return (uint32_t) unit << 24U | (address != 0 ? 1U : 0U) << 23U |
           ((uint32_t) round & 0x7FFFFFU);
}

static inline us_t rig_on_result(void *context, const struct link_result *result)
{
    struct rig *rig = context;
    rig->result = *result;
    rig->value = result->values[result->read];
    rig->result_count++;
    rig->results_of[result->device]++;
    us_t room_at = rig->delay_on_result > 0 ? rig->now + rig->delay_on_result : 0;
    if (!result->is_answered) {
        CHECK(rig->value.quality >= QUALITY_BAD);
        CHECK(!(rig->value.value > 0) && !(rig->value.value < 0));
        return room_at;
    }
    rig->answered_count++;
    rig->answers_of[result->device]++;
    uint32_t wanted = rig_code(rig->request.unit, rig->request.address, rig->ask_count);
    rig->wrong_count += rig->value.raw == wanted ? 0 : 1;
    return room_at;
}

static inline void rig_on_write(void *context, const struct link_write *write)
{
    struct rig *rig = context;
    rig->write = *write;
    rig->write_count++;
}

static inline void rig_on_output(void *context, const struct link_output_change *change)
{
    struct rig *rig = context;
    rig->change = *change;
    rig->change_count++;
}

static inline bool rig_judge(void *context, enum framing framing,
                             const struct frame_request *request, const uint8_t *frame,
                             size_t length, uint16_t *ret_words)
{
    struct rig *rig = context;
    rig->judge_count++;
    CHECK(length == frame_reply_length(request, framing));
    if (!frame_is_write(request)) {
        frame_words(request, framing, frame, ret_words);
    }
    return !rig->refuses_judge;
}

static inline size_t rig_encode(void *context, enum framing framing,
                                const struct frame_request *request, uint8_t *to)
{
    const struct rig *rig = context;
    struct frame_request raw = *request;
    raw.transaction = 0; /* as libmodbus does */
    return rig->refuses_encode ? 0 : frame_encode(&raw, framing, to);
}

/* What devices send. */

static inline void rig_send(struct rig *rig, us_t after, const uint8_t *bytes, size_t length)
{
    CHECK(rig->chunk_count < RIG_QUEUE && length <= RIG_BYTES);
    struct rig_chunk *chunk = &rig->chunk[rig->chunk_count++];
    chunk->at = rig->now + after;
    chunk->length = length;
    memcpy(chunk->bytes, bytes, length);
}

/* A frame around `body` in the rig's framing. Returns its length. */
static inline size_t rig_frame(const struct rig *rig, const uint8_t *body, size_t length,
                               uint8_t *to)
{
    if (rig->framing == FRAMING_RTU) {
        memcpy(to, body, length);
        uint16_t crc = frame_crc(body, length);
        to[length] = (uint8_t) (crc & 0xFFU);
        to[length + 1] = (uint8_t) (crc >> 8U);
        return length + 2;
    }
    memset(to, 0, 6);
    frame_put_word(to, rig->request.transaction);
    to[5] = (uint8_t) length;
    memcpy(to + 6, body, length);
    return length + 6;
}

/* The right answer to the request in hand, as `unit` would give it: the code in the first two
 * registers. */
static inline size_t rig_reply(const struct rig *rig, uint8_t unit, uint8_t *to)
{
    uint32_t code = rig_code(unit, rig->request.address, rig->ask_count);
    uint8_t body[RIG_BYTES] = {unit,
                               rig->request.function,
                               (uint8_t) (2 * rig->request.count),
                               (uint8_t) (code >> 24U),
                               (uint8_t) (code >> 16U & 0xFFU),
                               (uint8_t) (code >> 8U & 0xFFU),
                               (uint8_t) (code & 0xFFU)};
    return rig_frame(rig, body, 3U + 2U * rig->request.count, to);
}

static inline void rig_respond_well(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    rig_send(rig, 5 * RIG_MS, frame, rig_reply(rig, rig->request.unit, frame));
}

static inline void rig_respond_never(struct rig *rig)
{
    (void) rig;
}

/* Running. */

/* Makes the link of the settings, as they stand now. */
static inline void rig_make_link(struct rig *rig)
{
    struct link_callbacks callbacks = {.context = rig,
                                       .on_result = rig_on_result,
                                       .on_write = rig_on_write,
                                       .on_output = rig_on_output,
                                       .judge = rig_judge,
                                       .encode = rig_encode};
    rig->link = link_new(rig->arena, &rig->settings, &callbacks, rig->now);
    arena_freeze(rig->arena);
}

/* All but the link. */
static inline void rig_prepare(struct rig *rig, enum link_kind kind, int32_t device_count,
                               int32_t poll_ms)
{
    memset(rig, 0, sizeof *rig);
    rig->arena = arena_new();
    rig->framing = kind == LINK_TCP ? FRAMING_MBAP : FRAMING_RTU;
    rig->now = 1000 * RIG_SECOND;
    rig->respond = rig_respond_well;
    rig->seed = 77;
    for (int32_t i = 0; i < device_count; i++) {
        rig->device[i] = (struct link_device){
            .id = "d", .profile = rig_profile(), .unit = (uint8_t) (i + 1), .poll_ms = poll_ms};
    }
    rig->settings = (struct link_settings){.id = "bus",
                                           .kind = kind,
                                           .baud = 9600,
                                           .parity = 'N',
                                           .stop_bits = 1,
                                           .device_count = device_count,
                                           .device = rig->device};
}

static inline void rig_start_polling(struct rig *rig, enum link_kind kind, int32_t device_count,
                                     int32_t poll_ms)
{
    rig_prepare(rig, kind, device_count, poll_ms);
    rig_make_link(rig);
}

static inline void rig_start(struct rig *rig, enum link_kind kind, int32_t device_count)
{
    rig_start_polling(rig, kind, device_count, 1000);
}

static inline void rig_stop(struct rig *rig)
{
    arena_free(rig->arena);
}

static inline uint16_t rig_word(const uint8_t *bytes)
{
    return (uint16_t) (bytes[0] << 8U | bytes[1]);
}

/* Does what the wire does with a step. */
static inline void rig_obey(struct rig *rig, struct link_step step)
{
    rig->step = step;
    if (step.must_reopen) {
        CHECK(!link_is_up(rig->link));
        rig->reopen_count++;
        rig->chunk_count = 0; /* the connection is gone, with all that was on its way */
        rig->step = link_closed(rig->link, rig->now);
        rig->reopen_at = rig->now + RIG_SECOND;
    }
    if (step.send == NULL) {
        return;
    }
    const uint8_t *body = step.send + (rig->framing == FRAMING_MBAP ? 6 : 0);
    rig->request = (struct frame_request){.unit = body[0],
                                          .function = body[1],
                                          .address = rig_word(body + 2),
                                          .count = rig_word(body + 4),
                                          .transaction = rig_word(step.send)};
    if (frame_is_write(&rig->request)) {
        bool is_single = rig->request.function <= 6;
        rig->request.value = is_single                     ? rig->request.count
                             : rig->request.function == 15 ? body[7]
                                                           : rig_word(body + 7);
        rig->request.count = 1;
    }
    CHECK(step.send_length == frame_request_length(&rig->request, rig->framing));
    rig->asked_at = rig->now;
    rig->ask_count++;
    rig->asks[body[0] - 1]++;
    rig->respond(rig);
}

static inline int32_t rig_next_chunk(const struct rig *rig)
{
    int32_t next = -1;
    for (int32_t i = 0; i < rig->chunk_count; i++) {
        next = next < 0 || rig->chunk[i].at < rig->chunk[next].at ? i : next;
    }
    return next;
}

static inline void rig_open(struct rig *rig)
{
    rig->reopen_at = 0;
    rig_obey(rig, link_opened(rig->link, rig->now));
}

static inline void rig_deliver(struct rig *rig, int32_t index)
{
    struct rig_chunk chunk = rig->chunk[index];
    memmove(&rig->chunk[index], &rig->chunk[index + 1],
            (size_t) (rig->chunk_count - index - 1) * sizeof chunk);
    rig->chunk_count--;
    rig_obey(rig, link_received(rig->link, chunk.bytes, chunk.length, rig->now));
}

/* The next thing that happens, at most at `until`. */
static inline void rig_advance(struct rig *rig, us_t until)
{
    int32_t chunk = rig_next_chunk(rig);
    us_t at = rig->step.wake_at < until ? rig->step.wake_at : until;
    us_t chunk_at = chunk < 0 ? INT64_MAX : rig->chunk[chunk].at;
    bool is_reopening = rig->reopen_at > 0 && !rig->keeps_closed;
    if (is_reopening && rig->reopen_at <= at && rig->reopen_at <= chunk_at) {
        rig->now = rig->reopen_at;
        rig_open(rig);
        return;
    }
    if (chunk_at <= at) {
        rig->now = chunk_at;
        rig_deliver(rig, chunk);
        return;
    }
    rig->now = at;
    if (rig->step.wake_at <= at) {
        rig_obey(rig, link_tick(rig->link, rig->now));
    }
}

static inline void rig_run(struct rig *rig, us_t span)
{
    us_t until = rig->now + span;
    while (rig->now < until) {
        rig_advance(rig, until);
    }
}

/* Until the next result. */
static inline void rig_await(struct rig *rig)
{
    int32_t before = rig->result_count;
    for (int32_t i = 0; i < 1000 && rig->result_count == before; i++) {
        rig_advance(rig, rig->now + 10 * RIG_SECOND);
    }
    CHECK(rig->result_count > before);
}

/* Until the next request. */
static inline void rig_await_ask(struct rig *rig)
{
    int32_t before = rig->ask_count;
    for (int32_t i = 0; i < 1000 && rig->ask_count == before; i++) {
        rig_advance(rig, rig->now + 10 * RIG_SECOND);
    }
    CHECK(rig->ask_count > before);
}
