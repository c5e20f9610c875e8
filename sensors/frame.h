/* frame.h - Modbus frames in a stream of bytes: what to ask, and which bytes are the answer. Pure.
 *
 * It finds in whatever arrives - late replies, other units' replies, noise, heartbeats, split and glued frames -
 * the one frame that answers the request in hand: unit, function, byte count, and CRC (RTU) or transaction id
 * (MBAP). libmodbus then judges the same bytes a second time (codec.h); a value needs both. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTU_FRAME_MAX = 256,
    MBAP_FRAME_MAX = 260,
    FRAME_STREAM_MAX =
        1024, /* bytes kept while waiting; older ones are dropped and counted as noise */
};

enum framing { FRAMING_RTU, FRAMING_MBAP };

/* What was asked. Only reads (1 2 3 4) leave the gateway. */
struct frame_request {
    uint8_t unit; /* 1...247; 255 too over MBAP */
    uint8_t function;
    uint16_t address;
    uint16_t count;
    uint16_t transaction; /* MBAP only */
};

struct frame_stream {
    enum framing framing;
    size_t length;
    uint8_t bytes[FRAME_STREAM_MAX];
    uint32_t noise_bytes;    /* skipped since the request */
    uint32_t foreign_frames; /* whole frames of another unit, function, length or transaction */
    uint32_t damaged_frames; /* header fits, CRC does not */
};

enum frame_verdict {
    FRAME_MORE,      /* not yet */
    FRAME_REPLY,     /* ret_frame is the answer */
    FRAME_EXCEPTION, /* ret_frame is the device's refusal */
};

/* Forgets all bytes and starts counting anew: before each request. */
void frame_reset(struct frame_stream *stream, enum framing framing);

/* Takes in what arrived. */
void frame_feed(struct frame_stream *stream, const uint8_t *bytes, size_t length);

/* Looks for the answer. On REPLY and EXCEPTION the frame is copied out and removed with all before it. */
enum frame_verdict frame_find(struct frame_stream *stream, const struct frame_request *request,
                              uint8_t ret_frame[static MBAP_FRAME_MAX], size_t *ret_length);

/* Bytes of the whole answer in this framing: for the moment a serial reply is due. */
size_t frame_reply_length(const struct frame_request *request, enum framing framing);
size_t frame_request_length(const struct frame_request *request, enum framing framing);

/* Our own encoding, compared with libmodbus's in codec. Returns the length. */
size_t frame_encode(const struct frame_request *request, enum framing framing,
                    uint8_t to[static MBAP_FRAME_MAX]);

/* Writes the transaction id into an MBAP frame. */
void frame_set_transaction(uint8_t *mbap_frame, uint16_t transaction);

uint16_t frame_crc(const uint8_t *bytes, size_t length);

/* illegal address ... of an exception code, in Chinese for people. */
const char *frame_exception_text(uint8_t code);
