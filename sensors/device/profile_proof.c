#include "sensors/device/profile_proof.h"

#include <math.h>
#include <string.h>

#include "sensors/device/decode.h"
#include "sensors/modbus/frame.h"

enum { SHORTEST_FRAME = 5, SHORTEST_REQUEST = 8, WRITE_ECHO = 6, MULTIPLE_HEAD = 7, CRC_BYTES = 2 };

static int32_t find_read_asked(const struct profile *profile, const struct frame_request *request)
{
    for (int32_t i = 0; i < profile->read_count; i++) {
        const struct profile_read *read = &profile->read[i];
        if (read->function == request->function && read->address == request->address &&
            read->count == request->count) {
            return i;
        }
    }
    return -1;
}

static bool prove_value(const struct profile *profile, const struct profile_expect *expect,
                        const struct decode_value *value, struct error *error)
{
    const struct profile_point *point = &profile->point[expect->point];
    bool has_value = quality_has_value(value->quality);
    if (expect->is_null) {
        return !has_value || error_set(error, "'%s' decodes to %g, expected is no value",
                                       point->key, value->value);
    }
    if (!has_value) {
        return error_set(error, "'%s' decodes to no value (%s), expected is %g", point->key,
                         reason_text(value->reason), expect->value);
    }
    double tolerance = fabs(point->scale) * 1e-3 + fabs(expect->value) * 1e-6;
    return fabs(value->value - expect->value) <= tolerance ||
           error_set(error, "'%s' decodes to %.9g, expected is %.9g", point->key, value->value,
                     expect->value);
}

/* The reply takes the same way as bytes from a device. */
static bool decode_reply(const struct profile *profile, const struct profile_vector *vector,
                         const struct frame_request *request, int32_t read,
                         struct decode_value *ret_values)
{
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    frame_init(&stream, FRAMING_RTU, room, sizeof room);
    (void) frame_feed(&stream, vector->reply, vector->reply_length);
    enum frame_verdict verdict = frame_find(&stream, request, frame, &length);
    if (verdict == FRAME_MORE || length != vector->reply_length) {
        return false;
    }
    if (verdict == FRAME_EXCEPTION) {
        decode_nothing(profile, read, QUALITY_BAD, REASON_EXCEPTION, ret_values);
        return true;
    }
    uint16_t words[FRAME_WORDS_MAX];
    frame_words(request, FRAMING_RTU, frame, words);
    struct decode_block block = {.read = read, .count = request->count, .word = words};
    decode_block(profile, &block, ret_values);
    return true;
}

static bool prove_read(const struct profile *profile, const struct profile_vector *vector,
                       struct error *error)
{
    struct frame_request request = {.unit = vector->request[0],
                                    .function = vector->request[1],
                                    .address = frame_word_at(vector->request + 2),
                                    .count = frame_word_at(vector->request + 4)};
    int32_t read = find_read_asked(profile, &request);
    if (read < 0 || vector->request_length != SHORTEST_REQUEST) {
        return error_set(error, "the request asks for no block of the profile");
    }
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    if (!decode_reply(profile, vector, &request, read, values)) {
        return error_set(error, "the reply is no answer to the request");
    }
    for (int32_t i = 0; i < vector->expect_count; i++) {
        const struct profile_expect *expect = &vector->expect[i];
        if (profile->point[expect->point].read != read) {
            return error_set(error, "'%s' is not in the block that the request asks for",
                             profile->point[expect->point].key);
        }
        if (!prove_value(profile, expect, &values[expect->point], error)) {
            return false;
        }
    }
    return true;
}

/* Does this request switch the output, or pulse it for a time that the board has? */
static bool is_write_of(const struct profile_output *output, const uint8_t *request, size_t length)
{
    uint16_t address = frame_word_at(request + 2);
    uint16_t value = frame_word_at(request + 4);
    if (output->has_pulse && request[1] == output->pulse.function &&
        address == output->pulse.address && value >= 1 && value <= output->pulse.max) {
        return length == SHORTEST_REQUEST;
    }
    const struct profile_write *write = &output->write;
    if (request[1] != write->function || address != write->address) {
        return false;
    }
    bool is_one = write->function == 5 || write->function == 6;
    if (is_one) {
        return length == SHORTEST_REQUEST && (value == write->on || value == write->off);
    }
    size_t data = write->function == 15 ? 1 : 2; /* one coil, one register */
    if (length != MULTIPLE_HEAD + data + CRC_BYTES || value != 1 || request[6] != data) {
        return false;
    }
    uint16_t word = data == 1 ? request[7] : frame_word_at(request + 7);
    return word == write->on || word == write->off;
}

static bool is_output_write(const struct profile *profile, const struct profile_vector *vector)
{
    for (int32_t i = 0; i < profile->output_count; i++) {
        if (is_write_of(&profile->output[i], vector->request, vector->request_length)) {
            return true;
        }
    }
    return false;
}

/* A write is answered by its own first bytes (functions 5, 6, 15, 16); it gives no values. */
static bool prove_write(const struct profile *profile, const struct profile_vector *vector,
                        struct error *error)
{
    if (!is_output_write(profile, vector)) {
        return error_set(error, "the request writes what is no output of the profile");
    }
    if (vector->reply_length != SHORTEST_REQUEST ||
        memcmp(vector->request, vector->reply, WRITE_ECHO) != 0) {
        return error_set(error, "the reply is no answer to the request");
    }
    return vector->expect_count == 0 || error_set(error, "a write gives no values");
}

static bool prove_vector(const struct profile *profile, const struct profile_vector *vector,
                         struct error *error)
{
    if (vector->request_length < SHORTEST_REQUEST ||
        !frame_is_crc_good(vector->request, vector->request_length)) {
        return error_set(error, "the request is no RTU frame with a good CRC");
    }
    if (vector->reply_length < SHORTEST_FRAME ||
        !frame_is_crc_good(vector->reply, vector->reply_length)) {
        return error_set(error, "the reply is no RTU frame with a good CRC");
    }
    uint8_t function = vector->request[1];
    if (function == 5 || function == 6 || function == 15 || function == 16) {
        return prove_write(profile, vector, error);
    }
    return prove_read(profile, vector, error);
}

bool profile_prove(const struct profile *profile, struct error *error)
{
    for (int32_t i = 0; i < profile->vector_count; i++) {
        struct error why = {0};
        if (!prove_vector(profile, &profile->vector[i], &why)) {
            return error_set(error, "profile '%s': /vectors/%d: %s", profile->id, i, why.text);
        }
    }
    return true;
}
