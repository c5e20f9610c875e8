/* link_hostile.h - a generator of all that happens on a bad line, mixed with good replies. For
 * link_hostile_test.c and the bench program `hostile`.
 *
 * Each good value names its unit, block and round (rig_code), so that a value of any other request
 * shows. What is sent late keeps within what link.h promises to keep apart: on a bus before its own
 * unit is asked again, over tcp at any time. */
#pragma once

#include "tests/unit/sensors/link/link_rig.h"

enum { HOSTILE_UNITS = 4 };

enum hostile_kind {
    HOSTILE_SILENCE,
    HOSTILE_LATE,
    HOSTILE_CUT,       /* short: then the good one follows, or nothing */
    HOSTILE_UNIT,      /* another unit's reply */
    HOSTILE_FLIP,      /* one bit wrong */
    HOSTILE_NOISE,     /* random bytes */
    HOSTILE_HEARTBEAT, /* text */
    HOSTILE_COUNT,     /* whole and sound, of another length */
    HOSTILE_FUNCTION,  /* of another function */
    HOSTILE_ECHO,      /* our own request */
    HOSTILE_GLUED,     /* the good reply twice in one piece */
    HOSTILE_STALE,     /* MBAP: the last round's value under another id; RTU: of another unit */
    HOSTILE_KINDS
};

static const char *const hostile_names[HOSTILE_KINDS] = {"silent",   "late",  "cut",   "unit",
                                                         "flipped",  "noise", "text",  "count",
                                                         "function", "echo",  "glued", "stale"};

struct hostile {
    struct rig rig;
    int64_t count[HOSTILE_KINDS];
    int64_t good_count; /* replies without anything wrong */
    struct rig_bytes {
        uint8_t byte[RIG_BYTES];
        size_t length;
    } good, all;
};

static inline uint32_t hostile_draw(struct rig *rig)
{
    rig->seed ^= rig->seed << 13U;
    rig->seed ^= rig->seed >> 17U;
    rig->seed ^= rig->seed << 5U;
    return rig->seed;
}

static inline void hostile_append(struct hostile *hostile, const uint8_t *bytes, size_t length)
{
    CHECK(hostile->all.length + length <= RIG_BYTES);
    memcpy(hostile->all.byte + hostile->all.length, bytes, length);
    hostile->all.length += length;
}

static inline void hostile_append_body(struct hostile *hostile, const uint8_t *body, size_t length)
{
    uint8_t frame[RIG_BYTES];
    hostile_append(hostile, frame, rig_frame(&hostile->rig, body, length, frame));
}

/* RTU: any bit. MBAP: one that the header shows, since it has no check sum over the data. */
static inline void hostile_append_flipped(struct hostile *hostile)
{
    bool is_mbap = hostile->rig.framing == FRAMING_MBAP;
    struct rig_bytes flipped = hostile->good;
    size_t bits = (is_mbap ? 9 : flipped.length) * 8;
    uint32_t bit = hostile_draw(&hostile->rig) % (uint32_t) bits;
    flipped.byte[bit / 8] ^= (uint8_t) (1U << bit % 8);
    flipped.byte[flipped.length - 5] ^=
        (uint8_t) (is_mbap ? 1 : 0); /* and if it is taken, it shows */
    hostile_append(hostile, flipped.byte, flipped.length);
}

static inline void hostile_append_noise(struct hostile *hostile)
{
    for (uint32_t count = 1 + hostile_draw(&hostile->rig) % 20; count > 0; count--) {
        uint8_t byte = (uint8_t) hostile_draw(&hostile->rig);
        hostile_append(hostile, &byte, 1);
    }
}

static inline void hostile_append_text(struct hostile *hostile)
{
    static const char *const texts[] = {"ping", "www.usr.cn", "866971031234567", "LOGIN:1001"};
    const char *text = texts[hostile_draw(&hostile->rig) % 4];
    hostile_append(hostile, (const uint8_t *) text, strlen(text));
}

static inline void hostile_append_unit(struct hostile *hostile)
{
    uint8_t frame[RIG_BYTES];
    uint8_t other = (uint8_t) (hostile->rig.request.unit % HOSTILE_UNITS + 1);
    hostile_append(hostile, frame, rig_reply(&hostile->rig, other, frame));
}

static inline void hostile_append_stale(struct hostile *hostile)
{
    if (hostile->rig.framing == FRAMING_RTU) {
        hostile_append_unit(hostile);
        return;
    }
    uint8_t frame[RIG_BYTES];
    hostile->rig.ask_count--;
    size_t length = rig_reply(&hostile->rig, hostile->rig.request.unit, frame);
    hostile->rig.ask_count++;
    uint32_t id = hostile->rig.request.transaction - 1U - hostile_draw(&hostile->rig) % 3;
    frame_put_word(frame, (uint16_t) (id & 0xFFFFU));
    hostile_append(hostile, frame, length);
}

static inline void hostile_append_echo(struct hostile *hostile)
{
    uint8_t frame[MBAP_FRAME_MAX];
    hostile_append(hostile, frame,
                   frame_encode(&hostile->rig.request, hostile->rig.framing, frame));
}

static inline void hostile_append_cut(struct hostile *hostile)
{
    uint32_t length = (uint32_t) hostile->good.length;
    hostile_append(hostile, hostile->good.byte, 1 + hostile_draw(&hostile->rig) % (length - 1));
}

/* What stands before the good reply, or instead of it. */
static inline void hostile_append_evil(struct hostile *hostile, enum hostile_kind kind)
{
    uint8_t unit = hostile->rig.request.unit;
    switch (kind) {
    case HOSTILE_UNIT:
        hostile_append_unit(hostile);
        break;
    case HOSTILE_FLIP:
        hostile_append_flipped(hostile);
        break;
    case HOSTILE_NOISE:
        hostile_append_noise(hostile);
        break;
    case HOSTILE_HEARTBEAT:
        hostile_append_text(hostile);
        break;
    case HOSTILE_COUNT:
        hostile_append_body(hostile, (const uint8_t[]){unit, 3, 2, 0x66, 0x66}, 5);
        break;
    case HOSTILE_FUNCTION:
        hostile_append_body(hostile, (const uint8_t[]){unit, 4, 4, 0x66, 0x66, 0x66, 0x66}, 7);
        break;
    case HOSTILE_ECHO:
        hostile_append_echo(hostile);
        break;
    case HOSTILE_STALE:
        hostile_append_stale(hostile);
        break;
    case HOSTILE_CUT:
        hostile_append_cut(hostile);
        break;
    case HOSTILE_SILENCE:
    case HOSTILE_LATE:
    case HOSTILE_GLUED:
    case HOSTILE_KINDS:
        break;
    }
}

static inline us_t hostile_lateness(struct rig *rig)
{
    us_t most = 280; /* the timeout is 100 */
    most = rig->settings.kind == LINK_TCP ? 3000 : most;
    most = rig->settings.kind == LINK_DTU ? 1900 : most;
    return (125 + (us_t) hostile_draw(rig) % (most - 20)) * RIG_MS;
}

/* TCP keeps a stream in order: nothing comes between its pieces. */
static inline void hostile_send(struct rig *rig, us_t after, const struct rig_bytes *bytes)
{
    CHECK(bytes->length > 0);
    size_t cut = hostile_draw(rig) % 3 == 0 ? hostile_draw(rig) % (uint32_t) bytes->length : 0;
    us_t pause = rig->framing == FRAMING_RTU ? 2 * RIG_MS : 0;
    if (cut > 0) {
        rig_send(rig, after, bytes->byte, cut);
    }
    rig_send(rig, after + pause, bytes->byte + cut, bytes->length - cut);
}

/* Up to three evils of a kind that may stand before a reply; three times in four the good one
 * follows. */
static inline void hostile_mix(struct hostile *hostile)
{
    struct rig *rig = &hostile->rig;
    for (uint32_t evils = 1 + hostile_draw(rig) % 3; evils > 0; evils--) {
        enum hostile_kind kind = (enum hostile_kind)(HOSTILE_UNIT + (int) (hostile_draw(rig) % 9));
        kind = kind == HOSTILE_GLUED ? HOSTILE_STALE : kind;
        /* TCP loses nothing in the middle of a stream */
        bool is_cut = rig->framing == FRAMING_RTU && hostile_draw(rig) % 8 == 0;
        kind = is_cut ? HOSTILE_CUT : kind;
        hostile->count[kind]++;
        hostile_append_evil(hostile, kind);
    }
    if (hostile_draw(rig) % 4 != 0) {
        hostile_append(hostile, hostile->good.byte, hostile->good.length);
    }
    hostile_send(rig, 5 * RIG_MS, &hostile->all);
}

/* The end of a reply is lost; over TCP the far end has died with it, and nothing more comes. */
static inline void hostile_cut(struct hostile *hostile)
{
    struct rig *rig = &hostile->rig;
    rig->chunk_count = rig->framing == FRAMING_MBAP ? 0 : rig->chunk_count;
    hostile_append_cut(hostile);
    hostile_send(rig, 5 * RIG_MS, &hostile->all);
}

static inline void hostile_glue(struct hostile *hostile)
{
    hostile_append(hostile, hostile->good.byte, hostile->good.length);
    hostile_append(hostile, hostile->good.byte, hostile->good.length);
    hostile_send(&hostile->rig, 5 * RIG_MS, &hostile->all);
}

static inline void hostile_respond(struct rig *rig)
{
    struct hostile *hostile = (struct hostile *) rig; /* its first member */
    if (rig->chunk_count + 2 > RIG_QUEUE) {
        return;
    }
    hostile->good.length = rig_reply(rig, rig->request.unit, hostile->good.byte);
    hostile->all.length = 0;
    switch (hostile_draw(rig) % 8) {
    case 0:
        hostile->count[HOSTILE_SILENCE]++;
        break;
    case 1:
        hostile->count[HOSTILE_LATE]++;
        hostile_send(rig, hostile_lateness(rig), &hostile->good);
        break;
    case 2:
        hostile->count[HOSTILE_CUT]++;
        hostile_cut(hostile);
        break;
    case 3:
        hostile->count[HOSTILE_GLUED]++;
        hostile_glue(hostile);
        break;
    case 4:
        hostile->good_count++;
        hostile_send(rig, 5 * RIG_MS, &hostile->good);
        break;
    default:
        hostile_mix(hostile);
        break;
    }
}
