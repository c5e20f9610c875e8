/* frame.h - Modbus frames in a stream of bytes: encodes requests, finds their answers. Pure.
 *
 * Late replies, replies of other units, noise, heartbeats, split and joined frames may arrive.
 * Among them it finds the one frame that answers the request in hand: unit, function, byte count,
 * and CRC (RTU) or transaction id (MBAP). libmodbus then checks the same bytes again (libmodbus.h).
 *
 * Scan. Each byte is examined once as a possible start of the answer. A whole frame that is not the
 * answer is skipped as a whole, so nothing inside it is taken for one. MBAP has no check sum but
 * sure borders: a sound header is believed and its frame awaited. RTU has a check sum but no
 * borders: what only looks like the start of another frame never delays the answer. An MBAP answer
 * cut short inside a segment shows by the bytes after it. Cut at the border of two segments it
 * cannot be recognised, but TCP loses no bytes.
 *
 * Echoes. Some RS-485 adapters receive what they send: our own request comes back before the
 * answer. It is recognised byte for byte and removed. A write of function 5 or 6 is answered by a
 * copy of itself, so on such an adapter the first copy proves nothing: see is_echo_due. */
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

/* A read (1 2 3 4), or the write of one coil (5 15) or one register (6 16). */
struct frame_request {
    uint8_t unit; /* 1...247; 255 too over MBAP. Never 0: a broadcast has no answer */
    uint8_t function;
    uint16_t address;
    uint16_t count; /* registers 1...125, bits 1...2000; address + count at most 65536; write: 1 */
    uint16_t value; /* of a write: 15: 1 or 0; 5: mostly 0xFF00 or 0, a pulse may be any */
    uint16_t transaction; /* MBAP only */
};

struct frame_stream {
    enum framing framing;
    uint16_t capacity;
    uint16_t length;
    uint16_t skipping; /* MBAP: so many bytes of a foreign frame are still to come */
    bool has_more;     /* the last feed did not take all there is */
    /* RTU: hold an answer back, since bytes may follow that contradict it. The caller sets it on a
     * line with damage, and clears it when the line has been silent. */
    bool waits_for_end;
    uint16_t scanned;            /* no answer starts before this byte */
    uint16_t held, held_end;     /* RTU: perhaps a foreign frame, whole at held_end; 0: none */
    uint32_t noise_bytes;        /* skipped since the request */
    uint32_t foreign_frames;     /* whole frames of another unit, function, length or transaction */
    uint32_t damaged_frames;     /* the header fits; the CRC, or (MBAP) the next header, does not */
    uint32_t echoed_frames;      /* our own request, received */
    uint32_t wrong_echoes;       /* answers to a write that name another address or value */
    uint32_t misnumbered_frames; /* MBAP: would be the answer, but for their transaction id */
    uint16_t misnumbered_id;     /* of the last one */
    /* The next copy of a write of function 5 or 6 is our echo, not the answer. The caller sets it
     * before a request; the copy clears it. */
    bool is_echo_due;
    bool is_held_back; /* the last find has found one: see waits_for_end */
    uint8_t *bytes;    /* the caller's */
};

enum frame_verdict {
    FRAME_MORE,      /* not yet */
    FRAME_REPLY,     /* ret_frame is the answer */
    FRAME_EXCEPTION, /* ret_frame is the device's refusal */
};

/* An empty stream in `bytes`, which outlive it. RTU needs FRAME_STREAM_MAX; MBAP frame_room_of its
 * longest request: a longer frame is foreign and skipped as it comes. */
void frame_init(struct frame_stream *stream, enum framing framing, uint8_t *bytes, size_t capacity);

/* Room for the MBAP answer and the echo of this request, and the header behind it, which shows
 * whether it was cut; FRAME_STREAM_MIN at least. */
size_t frame_room_of(const struct frame_request *request);

/* Drops all bytes and resets the counts: for a new connection. */
void frame_reset(struct frame_stream *stream);

/* Resets the counts: before each request. RTU drops all bytes; MBAP keeps half a frame, whose other
 * half is on its way and would be noise without it. */
void frame_begin(struct frame_stream *stream);

/* Sets all counts to 0, and is_echo_due to false. */
void frame_forget_counts(struct frame_stream *stream);

/* Takes in as much of what arrived as there is room for: find or skip, then feed the other bytes. A
 * full stream drops its oldest bytes and counts them as noise. Returns how many bytes were taken,
 * at least 1. */
size_t frame_feed(struct frame_stream *stream, const uint8_t *bytes, size_t length);

/* Is the beginning of a frame there? */
bool frame_is_midway(const struct frame_stream *stream);

/* Looks for the answer. On REPLY and EXCEPTION the frame is copied out and removed with all before
 * it. */
enum frame_verdict frame_find(struct frame_stream *stream, const struct frame_request *request,
                              uint8_t ret_frame[static MBAP_FRAME_MAX], size_t *ret_length);

/* Nothing was asked: drops and counts what is there; half an MBAP frame stays. */
void frame_skip(struct frame_stream *stream);

/* Does its function write? */
bool frame_is_write(const struct frame_request *request);

/* Can this be asked? The function is known, the count fits in one reply, and no address is above
 * 65535. A write is of one coil or register, and not to unit 0. */
bool frame_is_request(const struct frame_request *request);

/* Bytes of the whole answer in this framing: for the moment a serial reply is due. */
size_t frame_reply_length(const struct frame_request *request, enum framing framing);
size_t frame_request_length(const struct frame_request *request, enum framing framing);

/* Our own encoding, compared with libmodbus's in link. Returns the length, at most
 * FRAME_REQUEST_MAX. */
size_t frame_encode(const struct frame_request *request, enum framing framing,
                    uint8_t to[static MBAP_FRAME_MAX]);

/* The registers, or bits one a word, of a frame that frame_find returned as REPLY to a read. */
void frame_words(const struct frame_request *request, enum framing framing, const uint8_t *frame,
                 uint16_t ret_words[static FRAME_WORDS_MAX]);

/* The code of a frame that frame_find returned as EXCEPTION. */
uint8_t frame_exception(enum framing framing, const uint8_t *frame);

/* A word of a frame, high byte first: an address, a count, a register, a transaction id. */
static inline uint16_t frame_word_at(const uint8_t *bytes)
{
    return (uint16_t) (bytes[0] << 8U | bytes[1]);
}

static inline void frame_put_word(uint8_t *to, uint16_t word)
{
    to[0] = (uint8_t) (word >> 8U);
    to[1] = (uint8_t) (word & 0xFFU);
}

/* CRC-16/MODBUS; its low byte is sent first. */
uint16_t frame_crc(const uint8_t *bytes, size_t length);

/* Do the last two of at least two bytes hold the CRC of the others? */
bool frame_is_crc_good(const uint8_t *frame, size_t length);

/* An exception code in Chinese. */
const char *frame_exception_text(uint8_t code);
