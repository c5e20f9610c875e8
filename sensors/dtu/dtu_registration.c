#include "sensors/dtu/dtu_registration.h"

#include "gateway/base/check.h"
#include "gateway/base/hash.h"
#include "sensors/modbus/frame.h"

enum { NONE = -1, SHORTEST_REPLY = 5 };

struct entry {
    int32_t link;      /* NONE: free */
    bool is_beginning; /* another registration begins with this one */
};

struct dtu_registrations {
    const struct dtu_settings *const *settings; /* by link */
    uint32_t mask;
    struct entry *entry; /* open addressing, at most half full */
    bool is_first[256];  /* some registration begins with this byte */
    bool is_length[DTU_TEXT_MAX + 1];
    int32_t length_max;
};

/* Where a registration of exactly these bytes is, or belongs. */
static struct entry *find_place(const struct dtu_registrations *known, const uint8_t *bytes,
                                size_t length)
{
    uint32_t i = hash_32(bytes, length) & known->mask;
    for (;; i = (i + 1) & known->mask) {
        struct entry *entry = &known->entry[i];
        if (entry->link == NONE) {
            return entry;
        }
        const struct dtu_text *text = &known->settings[entry->link]->registration;
        if ((size_t) text->length == length && memcmp(text->bytes, bytes, length) == 0) {
            return entry;
        }
    }
}

static void add_registration(struct dtu_registrations *known, int32_t link)
{
    const struct dtu_text *text = &known->settings[link]->registration;
    CHECK(text->length >= 1 && text->length <= DTU_TEXT_MAX);
    struct entry *entry = find_place(known, text->bytes, (size_t) text->length);
    if (entry->link == NONE) {
        entry->link = link;
    }
    known->is_first[text->bytes[0]] = true;
    known->is_length[text->length] = true;
    known->length_max = text->length > known->length_max ? text->length : known->length_max;
}

/* Marks the registrations that are the beginning of this one. */
static void mark_beginnings(struct dtu_registrations *known, const struct dtu_text *text)
{
    for (int32_t length = 1; length < text->length; length++) {
        struct entry *entry =
            known->is_length[length] ? find_place(known, text->bytes, (size_t) length) : NULL;
        if (entry != NULL && entry->link != NONE) {
            entry->is_beginning = true;
        }
    }
}

struct dtu_registrations *dtu_registrations_new(struct arena *arena,
                                                const struct dtu_settings *const *settings,
                                                int32_t count)
{
    struct dtu_registrations *known = arena_take(arena, 1, sizeof *known);
    uint32_t size = 16;
    while (size < 2 * (uint32_t) count) {
        size *= 2;
    }
    known->settings = settings;
    known->mask = size - 1;
    known->entry = arena_take(arena, size, sizeof known->entry[0]);
    for (uint32_t i = 0; i < size; i++) {
        known->entry[i].link = NONE;
    }
    for (int32_t i = 0; i < count; i++) {
        if (settings[i] != NULL) {
            add_registration(known, i);
        }
    }
    for (int32_t i = 0; i < count; i++) {
        if (settings[i] != NULL) {
            mark_beginnings(known, &settings[i]->registration);
        }
    }
    return known;
}

static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

static bool is_name_torn(uint8_t before, uint8_t behind)
{
    return is_letter_or_digit(before) && is_letter_or_digit(behind);
}

/* Is the name not the end of a longer one? A heartbeat of letters may stand before it. */
static bool is_name_start(const struct dtu_settings *settings, const uint8_t *bytes, size_t at)
{
    if (at == 0 || !is_name_torn(bytes[at - 1], bytes[at])) {
        return true;
    }
    for (int32_t i = 0; i < settings->heartbeat_count; i++) {
        size_t length = (size_t) settings->heartbeat[i].length;
        if (length <= at && dtu_text_is_at(&settings->heartbeat[i], bytes + at - length, length)) {
            return true;
        }
    }
    return false;
}

/* Is the name not the beginning of a longer one? A heartbeat, the same name, or the reply of a unit
 * whose id is a letter may follow without a gap. */
static bool is_name_end(const struct dtu_settings *settings, const uint8_t *bytes, size_t length,
                        size_t end)
{
    if (end == length || !is_name_torn(bytes[end - 1], bytes[end])) {
        return true;
    }
    const uint8_t *rest = bytes + end;
    size_t rest_length = length - end;
    for (int32_t i = 0; i <= settings->heartbeat_count; i++) {
        const struct dtu_text *text =
            i < settings->heartbeat_count ? &settings->heartbeat[i] : &settings->registration;
        if (dtu_text_is_at(text, rest, rest_length) ||
            dtu_text_may_follow(text, rest, rest_length)) {
            return true;
        }
    }
    bool is_reply = rest_length >= SHORTEST_REPLY && rest[1] >= 1 && rest[1] <= 4;
    return is_reply && rest_length >= 5U + rest[2] && frame_is_crc_good(rest, 5U + rest[2]);
}

/* The longest registration that stands at `at`. */
static const struct entry *find_name_at(const struct dtu_registrations *known, const uint8_t *bytes,
                                        size_t length, size_t at, size_t *ret_end)
{
    size_t most =
        (size_t) known->length_max < length - at ? (size_t) known->length_max : length - at;
    for (size_t n = most; n >= 1; n--) {
        const struct entry *entry = known->is_length[n] ? find_place(known, bytes + at, n) : NULL;
        if (entry == NULL || entry->link == NONE) {
            continue;
        }
        const struct dtu_settings *settings = known->settings[entry->link];
        if (is_name_start(settings, bytes, at) && is_name_end(settings, bytes, length, at + n)) {
            *ret_end = at + n;
            return entry;
        }
    }
    return NULL;
}

enum dtu_registration_verdict dtu_registrations_find(const struct dtu_registrations *known,
                                                     const uint8_t *bytes, size_t length,
                                                     int32_t *ret_link, size_t *ret_end)
{
    for (size_t at = 0; at < length; at++) {
        size_t end = 0;
        const struct entry *entry =
            known->is_first[bytes[at]] ? find_name_at(known, bytes, length, at, &end) : NULL;
        if (entry != NULL) {
            *ret_link = entry->link;
            *ret_end = end;
            return end == length && entry->is_beginning ? DTU_REGISTRATION_PERHAPS
                                                        : DTU_REGISTRATION_KNOWN;
        }
    }
    return DTU_REGISTRATION_MORE;
}
