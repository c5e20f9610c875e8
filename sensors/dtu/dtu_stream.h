/* dtu_stream.h - what a radio (DTU) that dials in adds to the bytes of its serial line, and how to get rid of it. Pure.
 *
 * A DTU says who it is by a registration - once, before every packet, or both - and sends heartbeats whenever it
 * likes: in front of a reply, behind it, in the middle of it, in pieces. All of these are words that the config names.
 *
 * The book knows the registration of every link: it is the list of those who may come in. A registration is looked
 * for in the first DTU_HELLO_MAX bytes, wherever TCP has cut them. It may stand behind other text, but not inside a
 * longer name: 1001 is not found in LOGIN:91001, nor DTU1 in DTU17.
 *
 * The filter stands between a registered connection and its link (link.h). While a request is open it keeps what
 * arrives until the answer is in it, in this order:
 *   1. as it came: an answer with a good CRC is never touched, even if its data spell a heartbeat;
 *   2. without one of the words that stand in it, the first DTU_TRIES of them in turn;
 *   3. without all of them.
 * So at most DTU_TRIES + 2 readings of one window are tried: each could hit a good CRC by chance once in 65536. If
 * the time is over the link gets the bytes as they came. Without a request words are dropped, the rest is handed on.
 * The link and libmodbus judge afterwards as on any bus. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"

enum {
    DTU_WORD_MAX = 100, /* bytes of a registration or heartbeat; makers allow 40 to 80 */
    DTU_WORDS_MAX = 33, /* heartbeats of all and of the link, and the registration */
    DTU_HELLO_MAX = 128,
    DTU_TRIES = 4,
    DTU_TAKE_MAX = 256, /* bytes given to the filter at once */
    DTU_HELD_MAX = 512, /* two of the longest replies; more pushes the oldest through */
    DTU_OUT_MAX = DTU_TAKE_MAX + DTU_HELD_MAX,
};

/* 1...DTU_WORD_MAX bytes, any of 0...255. */
struct dtu_word {
    int32_t length;
    const uint8_t *bytes;
};

enum dtu_mode {
    DTU_BOTH,  /* or not known: the registration may come at any time */
    DTU_ONCE,  /* on connecting only: later it is not looked for */
    DTU_EVERY, /* before data only: a DTU that keeps silent has to be asked first */
};

/* How one link's DTU speaks. Must outlive book and filter. */
struct dtu_settings {
    enum dtu_mode mode;
    int32_t idle_ms; /* a connection without a byte for so long is closed */
    struct dtu_word registration;
    int32_t heartbeat_count; /* at most DTU_WORDS_MAX - 1 */
    const struct dtu_word *heartbeat;
};

/* --- who is it ------------------------------------------------------------ */

struct dtu_book;

/* Of `count` links; NULL stands for one that is no DTU. All memory is the arena's. Two links with the same
 * registration: the first is found (config refuses it). */
struct dtu_book *dtu_book_new(struct arena *arena, const struct dtu_settings *const *settings,
                              int32_t count);

enum dtu_verdict {
    DTU_MORE,    /* nobody yet */
    DTU_PERHAPS, /* *ret_link, unless more bytes come soon and make it a longer registration */
    DTU_KNOWN,   /* *ret_link */
};

/* Who has sent this. `ret_end`: bytes of it that are used up. Both are written unless it is DTU_MORE. */
enum dtu_verdict dtu_book_find(const struct dtu_book *book, const uint8_t *bytes, size_t length,
                               int32_t *ret_link, size_t *ret_end);

/* --- what does it say ------------------------------------------------------ */

struct dtu_filter {
    const struct dtu_settings *settings;
    bool is_asking;
    uint8_t request[6]; /* unit, function, address, count or value */
    uint16_t length;
    uint8_t held[DTU_HELD_MAX];
};

/* A new connection. */
void dtu_filter_reset(struct dtu_filter *filter, const struct dtu_settings *settings);

/* This RTU request goes out: what was held before is of no use any more. */
void dtu_filter_ask(struct dtu_filter *filter, const uint8_t *request, size_t length);

/* Takes in at most DTU_TAKE_MAX bytes. Returns how many are written to `to` for the link. */
size_t dtu_filter_take(struct dtu_filter *filter, const uint8_t *bytes, size_t length,
                       uint8_t to[static DTU_OUT_MAX]);

/* The request is answered: from now on bytes are not kept for it. */
void dtu_filter_answered(struct dtu_filter *filter);

/* The request's time is over: what was kept for it, as it came. Before link_tick. */
size_t dtu_filter_give_up(struct dtu_filter *filter, uint8_t to[static DTU_OUT_MAX]);
