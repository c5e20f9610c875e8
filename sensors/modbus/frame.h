/* frame.h - Modbus frames in a stream of bytes: what to ask, and which bytes are the answer. Pure.
 *
 * It finds in whatever arrives - late replies, other units' replies, noise, heartbeats, split and glued frames -
 * the one frame that answers the request in hand: unit, function, byte count, and CRC (RTU) or transaction id
 * (MBAP). libmodbus then judges the same bytes a second time (codec.h); a value needs both.
 *
 * How it scans. Each byte is looked at once as a possible start of the answer. A whole frame that is not the
 * answer is skipped as a whole, so what looks like an answer inside it is never taken for one. MBAP has no check
 * sum but sure borders: a header that is sound is believed and its frame awaited. RTU has a check sum but no
 * borders: what only looks like the start of somebody else's frame never holds the answer back. An MBAP answer
 * that was cut short inside one segment shows by the bytes behind it; cut short at the very border of two segments
 * it cannot be told, but TCP loses no bytes.
 *
 * Echoes. Some RS-485 adapters hear what they send: our own request comes back before the answer. It is recognised
 * byte for byte and taken out. A write of function 5 or 6 is answered by a copy of itself, so that on such an adapter
 * the first copy proves nothing: see is_echo_due. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTU_FRAME_MAX = 256,
    MBAP_FRAME_MAX = 260,
    FRAME_REQUEST_MAX = 15, /* function 16 over MBAP */
    FRAME_WORDS_MAX = 2000, /* bits of one reply */
    FRAME_STREAM_MAX = 600, /* two of the longest frames and some noise: enough for any stream */
    FRAME_STREAM_MIN = 32,  /* two short frames: less would only make more rounds */
};

enum framing { FRAMING_RTU, FRAMING_MBAP };

/* What was asked: a read (1 2 3 4), or the write of one coil (5 15) or one register (6 16). */
struct frame_request {
    uint8_t unit; /* 1...247; 255 too over MBAP. Never 0: nobody answers a broadcast */
    uint8_t function;
    uint16_t address;
    uint16_t
        count; /* registers 1...125, bits 1...2000; address + count at most 65536; 1 of a write */
    uint16_t
        value; /* of a write: the word; 15: 1 or 0. Of 5 mostly 0xFF00 or 0, a pulse may be any */
    uint16_t transaction; /* MBAP only */
};

struct frame_stream {
    enum framing framing;
    uint16_t capacity;
    uint16_t length;
    uint16_t skipping; /* MBAP: so many bytes of somebody else's frame are still to come */
    bool has_more;     /* the last feed did not take all there is */
    /* RTU: an answer is held back, for whatever may follow it at once: the caller sets it on a line that is not clean, and
     * clears it when the line has been silent. */
    bool waits_for_end;
    uint16_t scanned;        /* no answer starts before this byte */
    uint16_t held, held_end; /* RTU: perhaps somebody else's frame, whole at held_end; 0: none */
    uint32_t noise_bytes;    /* skipped since the request */
    uint32_t foreign_frames; /* whole frames of another unit, function, length or transaction */
    uint32_t
        damaged_frames; /* the header fits, but the CRC or (MBAP) what stands behind it does not */
    uint32_t echoed_frames;      /* our own request, heard again */
    uint32_t wrong_echoes;       /* answers to a write that name another address or value */
    uint32_t misnumbered_frames; /* MBAP: would be the answer, but for their transaction id */
    uint16_t misnumbered_id;     /* of the last one */
    bool
        is_echo_due; /* the next copy of a write of function 5 or 6 is our echo, not the answer. The caller
                         sets it before a request; found once, it is cleared */
    bool is_held_back; /* the last find has found one: see waits_for_end */
    uint8_t *bytes;    /* the caller's */
};

enum frame_verdict {
    FRAME_MORE,      /* not yet */
    FRAME_REPLY,     /* ret_frame is the answer */
    FRAME_EXCEPTION, /* ret_frame is the device's refusal */
};

/* An empty stream in `bytes`, which outlives it. RTU needs FRAME_STREAM_MAX; MBAP frame_room_of its longest request: what
 * is longer is somebody else's, and skipped as it comes. */
void frame_init(struct frame_stream *stream, enum framing framing, uint8_t *bytes, size_t capacity);

/* Room for the MBAP answer and the echo of this request, and the header behind it, which shows whether it was cut;
 * FRAME_STREAM_MIN at least. */
size_t frame_room_of(const struct frame_request *request);

/* Forgets all bytes and starts counting anew: when the connection is new. */
void frame_reset(struct frame_stream *stream, enum framing framing);

/* Starts counting anew: before each request. RTU forgets all bytes; MBAP keeps half a frame, because its other
 * half is still on the way and would be noise without it. */
void frame_begin(struct frame_stream *stream);

/* Sets all that is counted to 0, and is_echo_due to false. */
void frame_forget_counts(struct frame_stream *stream);

/* Takes in what arrived, as much as there is room for: find or skip, then feed the rest. Of a stream that is full the
 * oldest bytes are pushed out, and counted as noise. Returns how many bytes were taken, at least 1 of any. */
size_t frame_feed(struct frame_stream *stream, const uint8_t *bytes, size_t length);

/* Is something there that is no whole frame yet? */
bool frame_is_midway(const struct frame_stream *stream);

/* Looks for the answer. On REPLY and EXCEPTION the frame is copied out and removed with all before it. */
enum frame_verdict frame_find(struct frame_stream *stream, const struct frame_request *request,
                              uint8_t ret_frame[static MBAP_FRAME_MAX], size_t *ret_length);

/* Nothing was asked: what is there is dropped and counted, but half an MBAP frame stays. */
void frame_skip(struct frame_stream *stream);

/* Is it one of the functions that write? */
bool frame_is_write(const struct frame_request *request);

/* May this be asked at all: a function we know, a count that fits in one reply, no address above 65535, and of a
 * write one coil or register and no unit 0. */
bool frame_is_request(const struct frame_request *request);

/* Bytes of the whole answer in this framing: for the moment a serial reply is due. */
size_t frame_reply_length(const struct frame_request *request, enum framing framing);
size_t frame_request_length(const struct frame_request *request, enum framing framing);

/* Our own encoding, compared with libmodbus's in link. Returns the length, at most FRAME_REQUEST_MAX. */
size_t frame_encode(const struct frame_request *request, enum framing framing,
                    uint8_t to[static MBAP_FRAME_MAX]);

/* Our own reading of a frame that frame_find returned as REPLY to a read: registers, or bits one a word. */
void frame_words(const struct frame_request *request, enum framing framing, const uint8_t *frame,
                 uint16_t ret_words[static FRAME_WORDS_MAX]);

/* The code of a frame that frame_find returned as EXCEPTION. */
uint8_t frame_exception(enum framing framing, const uint8_t *frame);

/* Writes the transaction id into an MBAP frame. */
void frame_set_transaction(uint8_t *mbap_frame, uint16_t transaction);

/* CRC-16/MODBUS; on the wire its low byte goes first. */
uint16_t frame_crc(const uint8_t *bytes, size_t length);

/* Do the last two of at least two bytes hold the CRC of the others? */
bool frame_is_crc_good(const uint8_t *frame, size_t length);

/* illegal address ... of an exception code, in Chinese for people. */
const char *frame_exception_text(uint8_t code);
