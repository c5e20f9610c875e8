#include "sensors/dtu/dtu_filter.h"

#include "gateway/base/check.h"
#include "sensors/modbus/frame.h"

enum {
    EXCEPTION_BIT = 0x80,
    EXCEPTION_LENGTH = 5,
    ECHO_LENGTH = 8, /* the answer to functions 5, 6, 15 and 16 */
    SHORTEST = EXCEPTION_LENGTH,
    CUTS_MAX = 32, /* texts removed from one window; more stay in it */
};

static int32_t count_texts(const struct dtu_settings *settings)
{
    return settings->heartbeat_count + (settings->mode == DTU_ONCE ? 0 : 1);
}

static const struct dtu_text *get_text(const struct dtu_settings *settings, int32_t i)
{
    return i < settings->heartbeat_count ? &settings->heartbeat[i] : &settings->registration;
}

/* Length of the longest text that stands here, or 0. */
static size_t measure_text_at(const struct dtu_settings *settings, const uint8_t *bytes,
                              size_t length)
{
    size_t longest = 0;
    for (int32_t i = 0; i < count_texts(settings); i++) {
        const struct dtu_text *text = get_text(settings, i);
        if ((size_t) text->length > longest && dtu_text_is_at(text, bytes, length)) {
            longest = (size_t) text->length;
        }
    }
    return longest;
}

static bool may_text_follow(const struct dtu_settings *settings, const uint8_t *bytes,
                            size_t length)
{
    for (int32_t i = 0; i < count_texts(settings); i++) {
        if (dtu_text_may_follow(get_text(settings, i), bytes, length)) {
            return true;
        }
    }
    return false;
}

void dtu_filter_reset(struct dtu_filter *filter, const struct dtu_settings *settings)
{
    filter->settings = settings;
    filter->is_asking = false;
    filter->length = 0;
}

static void hold_bytes(struct dtu_filter *filter, const uint8_t *bytes, size_t length)
{
    CHECK(length <= DTU_FILTER_HELD_MAX - (size_t) filter->length);
    memcpy(filter->held + filter->length, bytes, length);
    filter->length = (uint16_t) (filter->length + length);
}

static void drop_held_bytes(struct dtu_filter *filter, size_t count)
{
    memmove(filter->held, filter->held + count, filter->length - count);
    filter->length = (uint16_t) (filter->length - count);
}

/* Without a request: drops texts, passes other bytes on, and holds what may yet become a text. */
static size_t drop_texts(struct dtu_filter *filter, uint8_t *to)
{
    size_t at = 0;
    size_t put = 0;
    while (at < filter->length) {
        size_t rest = filter->length - at;
        if (may_text_follow(filter->settings, filter->held + at, rest)) {
            break;
        }
        size_t text = measure_text_at(filter->settings, filter->held + at, rest);
        if (text == 0) {
            to[put++] = filter->held[at++];
        }
        at += text;
    }
    drop_held_bytes(filter, at);
    return put;
}

void dtu_filter_ask(struct dtu_filter *filter, const uint8_t *request, size_t length)
{
    CHECK(length >= sizeof filter->request);
    uint8_t ignored[DTU_FILTER_OUT_MAX];
    /* Bytes of an older answer must not complete one to this request; half a heartbeat stays. */
    (void) drop_texts(filter, ignored);
    memcpy(filter->request, request, sizeof filter->request);
    filter->is_asking = true;
}

/* Length of the answer that would begin here, 0 when none can. */
static size_t measure_answer(const struct dtu_filter *filter, const uint8_t *bytes)
{
    const uint8_t *request = filter->request;
    uint32_t count = frame_word_at(request + 4);
    if (bytes[0] != request[0]) {
        return 0;
    }
    if (bytes[1] == (request[1] | EXCEPTION_BIT)) {
        return EXCEPTION_LENGTH;
    }
    if (bytes[1] != request[1]) {
        return 0;
    }
    switch (request[1]) {
    case 1:
    case 2:
        return bytes[2] == (count + 7) / 8 ? 5U + bytes[2] : 0;
    case 3:
    case 4:
        return bytes[2] == count * 2 ? 5U + bytes[2] : 0;
    default:
        return ECHO_LENGTH;
    }
}

static bool has_answer(const struct dtu_filter *filter, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at + SHORTEST <= length; at++) {
        size_t answer = measure_answer(filter, bytes + at);
        if (answer > 0 && at + answer <= length && frame_is_crc_good(bytes + at, answer)) {
            return true;
        }
    }
    return false;
}

struct cut {
    size_t at, length;
};

static int32_t find_texts(const struct dtu_filter *filter, struct cut cut[static CUTS_MAX])
{
    int32_t count = 0;
    size_t at = 0;
    while (at < filter->length && count < CUTS_MAX) {
        size_t length = measure_text_at(filter->settings, filter->held + at, filter->length - at);
        if (length > 0) {
            cut[count++] = (struct cut){at, length};
        }
        at += length > 0 ? length : 1;
    }
    return count;
}

/* Copies what is held without these `count` texts. Returns the length. */
static size_t copy_without(const struct dtu_filter *filter, const struct cut *cut, int32_t count,
                           uint8_t to[static DTU_FILTER_HELD_MAX])
{
    size_t put = 0;
    size_t from = 0;
    for (int32_t i = 0; i < count; i++) {
        memcpy(to + put, filter->held + from, cut[i].at - from);
        put += cut[i].at - from;
        from = cut[i].at + cut[i].length;
    }
    memcpy(to + put, filter->held + from, filter->length - from);
    return put + filter->length - from;
}

/* Removes these texts when the answer is in what is left. */
static bool find_answer_without(struct dtu_filter *filter, const struct cut *cut, int32_t count)
{
    uint8_t bytes[DTU_FILTER_HELD_MAX];
    size_t length = copy_without(filter, cut, count, bytes);
    if (!has_answer(filter, bytes, length)) {
        return false;
    }
    memcpy(filter->held, bytes, length);
    filter->length = (uint16_t) length;
    return true;
}

static bool find_held_answer(struct dtu_filter *filter)
{
    /* As it came first: registers may hold the same bytes as a heartbeat. */
    if (has_answer(filter, filter->held, filter->length)) {
        return true;
    }
    struct cut cut[CUTS_MAX];
    int32_t count = find_texts(filter, cut);
    /* Not every subset: each try matches the CRC of a damaged reply by chance once in 65536. */
    bool is_found = false;
    for (int32_t i = 0; i < count && i < DTU_FILTER_TRIES && !is_found; i++) {
        is_found = find_answer_without(filter, &cut[i], 1);
    }
    return is_found || (count > 1 && find_answer_without(filter, cut, count));
}

static size_t pass_held(struct dtu_filter *filter, size_t count, uint8_t *to)
{
    memcpy(to, filter->held, count);
    drop_held_bytes(filter, count);
    return count;
}

size_t dtu_filter_take(struct dtu_filter *filter, const uint8_t *bytes, size_t length,
                       uint8_t to[static DTU_FILTER_OUT_MAX])
{
    CHECK(length <= DTU_FILTER_TAKE_MAX);
    size_t room = DTU_FILTER_HELD_MAX - (size_t) filter->length;
    size_t put = length > room ? pass_held(filter, length - room, to) : 0;
    hold_bytes(filter, bytes, length);
    if (!filter->is_asking) {
        return put + drop_texts(filter, to + put);
    }
    /* What follows the answer is passed unfiltered: the link may find that it contradicts the
     * answer. */
    size_t count = find_held_answer(filter) ? filter->length : 0;
    return put + pass_held(filter, count, to + put);
}

void dtu_filter_answered(struct dtu_filter *filter)
{
    filter->is_asking = false;
}

size_t dtu_filter_give_up(struct dtu_filter *filter, uint8_t to[static DTU_FILTER_OUT_MAX])
{
    if (!filter->is_asking) {
        return 0;
    }
    filter->is_asking = false;
    return pass_held(filter, filter->length, to);
}
