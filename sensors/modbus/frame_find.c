/* frame_find.c - finds the answer to a request in a stream of bytes. */
#include <string.h>

#include "gateway/base/check.h"
#include "sensors/modbus/frame_parts.h"

void frame_init(struct frame_stream *stream, enum framing framing, uint8_t *bytes, size_t capacity)
{
    CHECK(capacity >= (framing == FRAMING_RTU ? FRAME_STREAM_MAX : FRAME_STREAM_MIN));
    *stream = (struct frame_stream){.framing = framing, .capacity = (uint16_t) capacity};
    stream->bytes = bytes;
}

void frame_reset(struct frame_stream *stream)
{
    frame_init(stream, stream->framing, stream->bytes, stream->capacity);
}

void frame_forget_counts(struct frame_stream *stream)
{
    stream->noise_bytes = 0;
    stream->foreign_frames = 0;
    stream->damaged_frames = 0;
    stream->echoed_frames = 0;
    stream->wrong_echoes = 0;
    stream->misnumbered_frames = 0;
    stream->is_echo_due = false;
}

size_t frame_room_of(const struct frame_request *request)
{
    size_t reply = frame_reply_length(request, FRAMING_MBAP);
    size_t room = (reply > FRAME_REQUEST_MAX ? reply : FRAME_REQUEST_MAX) + FRAME_MBAP_HEADER;
    return room > FRAME_STREAM_MIN ? room : FRAME_STREAM_MIN;
}

bool frame_is_midway(const struct frame_stream *stream)
{
    return stream->length > 0 || stream->skipping > 0;
}

static uint16_t subtract_to_zero(uint16_t position, size_t count)
{
    return position > count ? (uint16_t) (position - count) : 0;
}

/* Takes bytes off the front; all positions in the stream move with them. */
static void drop_bytes(struct frame_stream *stream, size_t count)
{
    CHECK(count <= stream->length);
    if (count == 0) {
        return;
    }
    stream->length = subtract_to_zero(stream->length, count);
    stream->scanned = subtract_to_zero(stream->scanned, count);
    bool is_held_lost = stream->held < count;
    stream->held = is_held_lost ? 0 : subtract_to_zero(stream->held, count);
    stream->held_end = is_held_lost ? 0 : subtract_to_zero(stream->held_end, count);
    memmove(stream->bytes, stream->bytes + count, stream->length);
}

static void drop_noise(struct frame_stream *stream, size_t count)
{
    stream->noise_bytes += (uint32_t) count;
    drop_bytes(stream, count);
}

size_t frame_feed(struct frame_stream *stream, const uint8_t *bytes, size_t length)
{
    if (length == 0) {
        return 0;
    }
    size_t skipped = length < stream->skipping ? length : stream->skipping;
    stream->skipping = subtract_to_zero(stream->skipping, skipped);
    if (stream->length == stream->capacity) { /* frame_find was not called since */
        drop_noise(stream, length < stream->capacity ? length : stream->capacity);
    }
    size_t room = (size_t) stream->capacity - stream->length;
    size_t taken = length - skipped < room ? length - skipped : room;
    if (taken > 0) {
        memcpy(stream->bytes + stream->length, bytes + skipped, taken);
    }
    stream->length = (uint16_t) (stream->length + taken);
    stream->has_more = skipped + taken < length;
    return skipped + taken;
}

/* Removes a whole frame at `start` that is not the answer, and what lies before it. */
static void skip_foreign(struct frame_stream *stream, size_t start, size_t length)
{
    drop_noise(stream, start);
    drop_bytes(stream, length);
    stream->foreign_frames++;
}

/* A copy of our request: an echo, or the answer to a write. True: it was the echo, and is
 * removed. */
static bool take_copy(struct frame_stream *stream, const struct frame_request *request,
                      size_t start, size_t length)
{
    if (frame_is_mirrored(request) && !stream->is_echo_due) {
        return false;
    }
    drop_noise(stream, start);
    drop_bytes(stream, length);
    stream->echoed_frames++;
    stream->is_echo_due = false;
    return true;
}

/* Does the answer name the address and value of this write? */
static bool is_write_confirmed(const struct frame_request *request, const uint8_t *body)
{
    uint16_t second = frame_is_mirrored(request) ? request->value : request->count;
    return frame_word_at(body + 2) == request->address && frame_word_at(body + 4) == second;
}

static void hand_out(struct frame_stream *stream, size_t start, size_t length, uint8_t *ret_frame,
                     size_t *ret_length)
{
    memcpy(ret_frame, stream->bytes + start, length);
    *ret_length = length;
    drop_noise(stream, start);
    drop_bytes(stream, length);
}

/* MBAP. */

/* Length of the frame whose header stands here, 0 when it is none. Protocol 0; unit and PDU are
 * 2...254 bytes (Modbus messaging on TCP/IP, 3.1.3: the frame is at most 260). */
static size_t read_mbap_length(const uint8_t *header)
{
    uint16_t length = frame_word_at(header + 4);
    bool is_sound = frame_word_at(header + 2) == 0 && length >= 2 &&
                    length <= MBAP_FRAME_MAX - FRAME_MBAP_HEADER;
    return is_sound ? (size_t) FRAME_MBAP_HEADER + length : 0;
}

/* Is the frame's body an answer to the request? Its transaction id is not looked at. */
static enum frame_verdict judge_mbap_body(const uint8_t *body, size_t length,
                                          const struct frame_request *request)
{
    if (body[0] != request->unit) {
        return FRAME_MORE;
    }
    bool has_shape =
        body[1] == request->function && length == frame_reply_length(request, FRAMING_MBAP);
    if (has_shape && (frame_is_write(request) ? is_write_confirmed(request, body)
                                              : body[2] == frame_byte_count(request))) {
        return FRAME_REPLY;
    }
    bool is_exception = body[1] == (request->function | FRAME_EXCEPTION_BIT) &&
                        length == FRAME_MBAP_HEADER + 3 && body[2] != 0;
    return is_exception ? FRAME_EXCEPTION : FRAME_MORE;
}

/* Counts frames that are nearly the answer. */
static enum frame_verdict judge_mbap_frame(struct frame_stream *stream, const uint8_t *frame,
                                           size_t length, const struct frame_request *request)
{
    if (request == NULL) {
        return FRAME_MORE;
    }
    const uint8_t *body = frame + FRAME_MBAP_HEADER;
    enum frame_verdict verdict = judge_mbap_body(body, length, request);
    if (frame_word_at(frame) != request->transaction) {
        stream->misnumbered_frames += verdict != FRAME_MORE ? 1 : 0;
        stream->misnumbered_id =
            verdict != FRAME_MORE ? frame_word_at(frame) : stream->misnumbered_id;
        return FRAME_MORE;
    }
    bool is_wrong_echo = verdict == FRAME_MORE && frame_is_write(request) &&
                         body[0] == request->unit && body[1] == request->function &&
                         length == frame_reply_length(request, FRAMING_MBAP);
    stream->wrong_echoes += is_wrong_echo ? 1 : 0;
    return verdict;
}

static bool is_mbap_copy(const uint8_t *frame, size_t length, const struct frame_request *request)
{
    if (request == NULL || frame[FRAME_MBAP_HEADER + 1] != request->function ||
        length != frame_request_length(request, FRAMING_MBAP)) {
        return false;
    }
    uint8_t own[MBAP_FRAME_MAX];
    size_t own_length = frame_encode(request, FRAMING_MBAP, own);
    return memcmp(frame, own, own_length) == 0;
}

/* After an answer comes nothing or the next frame. Otherwise it was cut short and has taken in
 * bytes of the next one: MBAP has no check sum that would show it. */
static bool is_mbap_border(const uint8_t *bytes, size_t available)
{
    if (available >= FRAME_MBAP_HEADER) {
        return read_mbap_length(bytes) != 0;
    }
    return available < 4 || frame_word_at(bytes + 2) == 0;
}

/* One whole frame. FRAME_MORE: it is removed, or it was none. */
static enum frame_verdict take_mbap_frame(struct frame_stream *stream,
                                          const struct frame_request *request, size_t *at,
                                          size_t length)
{
    const uint8_t *frame = stream->bytes + *at;
    if (is_mbap_copy(frame, length, request) && take_copy(stream, request, *at, length)) {
        *at = 0;
        return FRAME_MORE;
    }
    enum frame_verdict verdict = judge_mbap_frame(stream, frame, length, request);
    size_t end = *at + length;
    if (verdict == FRAME_MORE) {
        skip_foreign(stream, *at, length);
        *at = 0;
    } else if (!is_mbap_border(stream->bytes + end, stream->length - end)) {
        stream->damaged_frames++;
        *at += 1;
        return FRAME_MORE;
    }
    return verdict;
}

/* No answer of ours is that long: see frame_room_of. */
static bool is_too_long(const struct frame_stream *stream, size_t length)
{
    return length + FRAME_MBAP_HEADER > stream->capacity;
}

/* Half a long frame at `start`: dropped as it comes. */
static void skip_long(struct frame_stream *stream, size_t start, size_t length)
{
    drop_noise(stream, start);
    stream->skipping = (uint16_t) (length - stream->length);
    drop_bytes(stream, stream->length);
    stream->foreign_frames++;
}

/* Is a part of the frame at `start` missing, or of the next header although bytes of it are
 * waiting? */
static bool is_to_come(const struct frame_stream *stream, size_t start, size_t length)
{
    size_t end = start + length;
    bool is_border_to_come = stream->has_more && !is_too_long(stream, length);
    return stream->length < end + (is_border_to_come ? FRAME_MBAP_HEADER : 0);
}

/* Goes frame by frame, through noise byte by byte. `request` is NULL when nothing was asked. */
static enum frame_verdict find_mbap(struct frame_stream *stream,
                                    const struct frame_request *request, uint8_t *ret_frame,
                                    size_t *ret_length)
{
    size_t at = 0;
    while (stream->length >= at + FRAME_MBAP_HEADER) {
        size_t length = read_mbap_length(stream->bytes + at);
        if (length == 0) {
            at++;
            continue;
        }
        bool is_half = is_to_come(stream, at, length);
        if (is_half && is_too_long(stream, length)) {
            skip_long(stream, at, length);
            return FRAME_MORE;
        }
        if (is_half) {
            break;
        }
        enum frame_verdict verdict = take_mbap_frame(stream, request, &at, length);
        if (verdict != FRAME_MORE) {
            hand_out(stream, at, length, ret_frame, ret_length);
            return verdict;
        }
    }
    drop_noise(stream, at);
    return FRAME_MORE;
}

/* RTU. */

/* Skips the foreign frame at the scan position, or marks it until it is whole. True when it was
 * skipped. */
static bool skip_rtu_frame(struct frame_stream *stream)
{
    if (stream->held_end != 0) {
        return false; /* one at a time, so that no byte goes through the CRC twice */
    }
    const uint8_t *header = stream->bytes + stream->scanned;
    size_t available = (size_t) stream->length - stream->scanned;
    if (frame_is_foreign_request(header, available)) {
        skip_foreign(stream, stream->scanned, FRAME_RTU_FIXED);
        return true;
    }
    size_t length = frame_any_length(header);
    if (length == 0) {
        return false;
    }
    if (length > available) {
        /* It is only marked, and the scan goes on inside it: in noise any two bytes may look like a
         * header, and waiting for its end would cost the answer its time. */
        stream->held = stream->scanned;
        stream->held_end = (uint16_t) (stream->scanned + length);
        return false;
    }
    if (!frame_is_crc_good(header, length)) {
        return false;
    }
    skip_foreign(stream, stream->scanned, length);
    return true;
}

/* The marked frame has become whole: it is removed if its CRC is good. */
static void release_rtu_held(struct frame_stream *stream)
{
    if (stream->held_end == 0 || stream->length < stream->held_end) {
        return;
    }
    size_t start = stream->held;
    size_t length = (size_t) stream->held_end - start;
    stream->held = 0;
    stream->held_end = 0;
    if (frame_is_crc_good(stream->bytes + start, length)) {
        skip_foreign(stream, start, length);
    }
}

enum copy { COPY_NOT, COPY_PARTLY, COPY_WHOLE };

/* Does our own request stand here, as far as it has come? */
static enum copy compare_rtu_copy(const uint8_t *header, size_t available,
                                  const struct frame_request *request, size_t *ret_length)
{
    if (header[0] != request->unit || header[1] != request->function) {
        return COPY_NOT;
    }
    uint8_t own[MBAP_FRAME_MAX];
    size_t length = frame_encode(request, FRAMING_RTU, own);
    if (memcmp(header, own, available < length ? available : length) != 0) {
        return COPY_NOT;
    }
    *ret_length = length;
    return available < length ? COPY_PARTLY : COPY_WHOLE;
}

/* What looks like the answer is whole. False: it is none, and the scan goes on. */
static bool check_rtu_answer(struct frame_stream *stream, const struct frame_request *request,
                             size_t length)
{
    const uint8_t *frame = stream->bytes + stream->scanned;
    if (!frame_is_crc_good(frame, length)) {
        stream->damaged_frames++;
        stream->scanned++; /* a good answer may begin inside the damaged one */
        return false;
    }
    bool is_echo = frame_is_write(request) && frame[1] == request->function;
    if (is_echo && !is_write_confirmed(request, frame)) {
        stream->wrong_echoes++;
        skip_foreign(stream, stream->scanned, length);
        return false;
    }
    return true;
}

/* Examines one possible start of the answer. True: the scan goes on. */
static bool scan_rtu_start(struct frame_stream *stream, const struct frame_request *request,
                           size_t *ret_answer)
{
    const uint8_t *header = stream->bytes + stream->scanned;
    size_t available = (size_t) stream->length - stream->scanned;
    size_t length = 0;
    enum copy copy = compare_rtu_copy(header, available, request, &length);
    if (copy == COPY_PARTLY) {
        /* Echo and answer begin alike (5 and 6 to the end): only the whole copy shows which it
         * is. */
        return false;
    }
    if (copy == COPY_WHOLE && take_copy(stream, request, stream->scanned, length)) {
        return true;
    }
    size_t answer = frame_answer_length(header, request);
    if (answer == 0) {
        if (!skip_rtu_frame(stream)) {
            stream->scanned++;
        }
        return true;
    }
    if (available < answer) {
        return false;
    }
    if (!check_rtu_answer(stream, request, answer)) {
        return true;
    }
    *ret_answer = answer;
    return false;
}

static enum frame_verdict find_rtu(struct frame_stream *stream, const struct frame_request *request,
                                   uint8_t *ret_frame, size_t *ret_length)
{
    release_rtu_held(stream);
    stream->is_held_back = false;
    size_t answer = 0;
    while (stream->length >= stream->scanned + 3) {
        if (!scan_rtu_start(stream, request, &answer)) {
            break;
        }
    }
    if (answer == 0) {
        drop_noise(stream, stream->held_end != 0 ? stream->held : stream->scanned);
        return FRAME_MORE;
    }
    /* One pair of bytes in 65,536 is a good CRC by chance. When the bytes after the answer speak
     * against it neither can be trusted: a missed sample is better than a wrong one. */
    if (frame_is_contradicted(stream, stream->scanned, answer, request)) {
        stream->damaged_frames++;
        drop_noise(stream, stream->length);
        return FRAME_MORE;
    }
    if (stream->waits_for_end) {
        stream->is_held_back = true;
        return FRAME_MORE;
    }
    hand_out(stream, stream->scanned, answer, ret_frame, ret_length);
    bool is_exception = (ret_frame[1] & FRAME_EXCEPTION_BIT) != 0;
    return is_exception ? FRAME_EXCEPTION : FRAME_REPLY;
}

enum frame_verdict frame_find(struct frame_stream *stream, const struct frame_request *request,
                              uint8_t ret_frame[static MBAP_FRAME_MAX], size_t *ret_length)
{
    CHECK(frame_is_request(request));
    return stream->framing == FRAMING_RTU ? find_rtu(stream, request, ret_frame, ret_length)
                                          : find_mbap(stream, request, ret_frame, ret_length);
}

void frame_skip(struct frame_stream *stream)
{
    if (stream->framing == FRAMING_RTU) {
        drop_noise(stream, stream->length);
        return;
    }
    uint8_t none[MBAP_FRAME_MAX];
    size_t length = 0;
    (void) find_mbap(stream, NULL, none, &length);
}

void frame_begin(struct frame_stream *stream)
{
    frame_skip(stream);
    frame_forget_counts(stream);
}
