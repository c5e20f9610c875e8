/* dtu_settings.h - how one link's DTU speaks, as config hands it over. Types only.
 *
 * A DTU is a radio that connects to us and adds texts of its own to the bytes of its serial
 * line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DTU_TEXT_MAX = 100 }; /* bytes of a registration or heartbeat; makers allow 40 to 80 */

/* 1...DTU_TEXT_MAX bytes, any of 0...255. */
struct dtu_text {
    int32_t length;
    const uint8_t *bytes;
};

enum dtu_mode {
    DTU_BOTH,  /* or not known: the registration may come at any time */
    DTU_ONCE,  /* on connecting only: later it is not looked for */
    DTU_EVERY, /* before data only: a DTU that keeps silent has to be asked first */
};

/* Must outlive the registrations and the filter. */
struct dtu_settings {
    enum dtu_mode mode;
    int32_t idle_ms; /* a connection without a byte for so long is closed */
    struct dtu_text registration;
    int32_t heartbeat_count; /* those of all links, then its own */
    const struct dtu_text *heartbeat;
};

/* Do these bytes begin with the text? */
static inline bool dtu_text_is_at(const struct dtu_text *text, const uint8_t *bytes, size_t length)
{
    return (size_t) text->length <= length &&
           memcmp(bytes, text->bytes, (size_t) text->length) == 0;
}

/* Are these last bytes of a stream the beginning of the text, but not all of it? */
static inline bool dtu_text_may_follow(const struct dtu_text *text, const uint8_t *bytes,
                                       size_t length)
{
    return length < (size_t) text->length && memcmp(bytes, text->bytes, length) == 0;
}
