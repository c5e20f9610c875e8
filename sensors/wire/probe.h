/* probe.h - one request at a time, with waiting: for huoyan scan and huoyan read.
 *
 * It blocks its thread, keeps every byte that arrived, and checks replies twice as the wire does:
 * by frame.h and by libmodbus. It only reads: another function code than 1 2 3 4 is a bug.
 *
 * On a serial line it keeps 3.5 characters of silence before each request and drops what arrives
 * before it. A late RTU reply would be taken for the next answer. So after a request without an
 * answer the same unit is asked again only when nothing late can come any more
 * (link_timing_quarantine, link_timing_lateness). Another unit is asked at once: the unit id keeps
 * the replies apart. */
#pragma once

#include "gateway/base/error.h"
#include "sensors/device/link_settings.h"
#include "sensors/modbus/frame.h"

enum { PROBE_BYTES_MAX = 600 }; /* kept of what arrives for one request; more is only counted */

struct probe_settings {
    const struct link_settings *link; /* kind, address, port, baud, parity, stop_bits; no dtu */
    us_t connect_timeout_us;
    us_t (*now_us)(void);
    int stop_fd; /* readable: stop waiting; -1: none */
};

enum probe_outcome {
    PROBE_REPLY,
    PROBE_EXCEPTION, /* a whole frame with an exception code */
    PROBE_SILENT,    /* nothing came, or nothing but an echo of the request */
    PROBE_NOISE,     /* bytes came, and no answer among them */
    PROBE_DAMAGED,   /* an answer came whose CRC is wrong, or that libmodbus refuses */
    PROBE_CLOSED,    /* the tty or the connection is gone: open it again */
    PROBE_STOPPED,   /* stop_fd became readable */
    PROBE_REFUSED, /* libmodbus does not send it: unit not 1...247 (TCP: 255), or count too large */
};

struct probe_answer {
    enum probe_outcome outcome;
    uint8_t exception; /* its code */
    bool is_echoed;    /* the request itself came back first: the adapter echoes */
    size_t request_length;
    uint8_t request[FRAME_REQUEST_MAX];
    size_t frame_length; /* of REPLY and EXCEPTION */
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[FRAME_WORDS_MAX]; /* of REPLY: as many as asked for; bits one a word */
    us_t first_us, whole_us;         /* after the request was written; -1: did not come */
    size_t arrived_count;            /* bytes, all */
    size_t arrived_length;           /* of them kept in `arrived` */
    uint8_t arrived[PROBE_BYTES_MAX];
    uint32_t foreign_frames; /* whole frames that were no answer: late, or of another unit */
    bool is_misnumbered;     /* Modbus TCP: an answer came with another transaction id */
};

struct probe;

/* Opens the tty or connects. The error is in Chinese. ret_is_busy (may be NULL): another program
 * has the tty. */
MUST_CHECK bool probe_open(const struct probe_settings *settings, struct probe **ret_probe,
                           bool *ret_is_busy, struct error *error);
void probe_close(struct probe *probe); /* NULL is allowed */

/* Asks, and waits at most `timeout_us` beyond the time that request and reply take on a serial
 * line. */
void probe_ask(struct probe *probe, const struct frame_request *request, us_t timeout_us,
               struct probe_answer *ret_answer);
