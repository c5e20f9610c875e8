#include "sensors/dtu/dtu_stream.h"

#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/hash.h"
#include "sensors/modbus/frame.h"

enum {
    NONE = -1,
    EXCEPTION_BIT = 0x80,
    EXCEPTION_LENGTH = 5,
    ECHO_LENGTH = 8, /* the answer to functions 5, 6, 15 and 16 */
    SHORTEST = EXCEPTION_LENGTH,
    CUTS_MAX = 32, /* words found in one window; more stay in it */
};

/* --- words ------------------------------------------------------------------ */

static bool starts_with(const uint8_t *bytes, size_t length, const struct dtu_word *word)
{
    return (size_t) word->length <= length &&
           memcmp(bytes, word->bytes, (size_t) word->length) == 0;
}

/* Are these last bytes of a stream the beginning of the word, but not all of it? */
static bool may_become(const uint8_t *bytes, size_t length, const struct dtu_word *word)
{
    return length < (size_t) word->length && memcmp(bytes, word->bytes, length) == 0;
}

static int32_t word_count(const struct dtu_settings *settings)
{
    return settings->heartbeat_count + (settings->mode == DTU_ONCE ? 0 : 1);
}

static const struct dtu_word *word_at(const struct dtu_settings *settings, int32_t i)
{
    return i < settings->heartbeat_count ? &settings->heartbeat[i] : &settings->registration;
}

/* Length of the longest word that stands here, or 0. */
static size_t word_here(const struct dtu_settings *settings, const uint8_t *bytes, size_t length)
{
    size_t longest = 0;
    for (int32_t i = 0; i < word_count(settings); i++) {
        const struct dtu_word *word = word_at(settings, i);
        if ((size_t) word->length > longest && starts_with(bytes, length, word)) {
            longest = (size_t) word->length;
        }
    }
    return longest;
}

static bool may_become_word(const struct dtu_settings *settings, const uint8_t *bytes,
                            size_t length)
{
    for (int32_t i = 0; i < word_count(settings); i++) {
        if (may_become(bytes, length, word_at(settings, i))) {
            return true;
        }
    }
    return false;
}

/* --- the book ---------------------------------------------------------------- */

struct entry {
    int32_t link; /* NONE: free */
    bool is_part; /* another registration begins with this one */
};

struct dtu_book {
    const struct dtu_settings *const *settings; /* by link */
    uint32_t mask;
    struct entry *entry; /* open addressing, at most half full */
    bool is_first[256];  /* some registration begins with this byte */
    bool is_length[DTU_WORD_MAX + 1];
    int32_t length_max;
};

/* Where a registration of exactly these bytes is, or belongs. */
static struct entry *place_of(const struct dtu_book *book, const uint8_t *bytes, size_t length)
{
    uint32_t i = hash32(bytes, length) & book->mask;
    for (;; i = (i + 1) & book->mask) {
        struct entry *entry = &book->entry[i];
        if (entry->link == NONE) {
            return entry;
        }
        const struct dtu_word *word = &book->settings[entry->link]->registration;
        if ((size_t) word->length == length && memcmp(word->bytes, bytes, length) == 0) {
            return entry;
        }
    }
}

static void add(struct dtu_book *book, int32_t link)
{
    const struct dtu_word *word = &book->settings[link]->registration;
    CHECK(word->length >= 1 && word->length <= DTU_WORD_MAX);
    struct entry *entry = place_of(book, word->bytes, (size_t) word->length);
    if (entry->link == NONE) {
        entry->link = link;
    }
    book->is_first[word->bytes[0]] = true;
    book->is_length[word->length] = true;
    book->length_max = word->length > book->length_max ? word->length : book->length_max;
}

/* Marks the registrations that are the beginning of this one. */
static void mark_parts(struct dtu_book *book, const struct dtu_word *word)
{
    for (int32_t length = 1; length < word->length; length++) {
        struct entry *entry =
            book->is_length[length] ? place_of(book, word->bytes, (size_t) length) : NULL;
        if (entry != NULL && entry->link != NONE) {
            entry->is_part = true;
        }
    }
}

struct dtu_book *dtu_book_new(struct arena *arena, const struct dtu_settings *const *settings,
                              int32_t count)
{
    struct dtu_book *book = arena_take(arena, 1, sizeof *book);
    uint32_t size = 16;
    while (size < 2 * (uint32_t) count) {
        size *= 2;
    }
    book->settings = settings;
    book->mask = size - 1;
    book->entry = arena_take(arena, size, sizeof book->entry[0]);
    for (uint32_t i = 0; i < size; i++) {
        book->entry[i].link = NONE;
    }
    for (int32_t i = 0; i < count; i++) {
        if (settings[i] != NULL) {
            add(book, i);
        }
    }
    for (int32_t i = 0; i < count; i++) {
        if (settings[i] != NULL) {
            mark_parts(book, &settings[i]->registration);
        }
    }
    return book;
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

static bool is_crc_good(const uint8_t *frame, size_t length)
{
    return frame_crc(frame, length - 2) == (frame[length - 2] | frame[length - 1] << 8);
}

/* Is the name not the end of a longer one? A heartbeat before it may be letters too. */
static bool is_begin(const struct dtu_settings *settings, const uint8_t *bytes, size_t at)
{
    if (at == 0 || !is_name_torn(bytes[at - 1], bytes[at])) {
        return true;
    }
    for (int32_t i = 0; i < settings->heartbeat_count; i++) {
        size_t length = (size_t) settings->heartbeat[i].length;
        if (length <= at && starts_with(bytes + at - length, length, &settings->heartbeat[i])) {
            return true;
        }
    }
    return false;
}

/* Is the name not the begin of a longer one? A heartbeat, the same name, or a reply of a unit whose id is a letter
 * may be glued to it. */
static bool is_end(const struct dtu_settings *settings, const uint8_t *bytes, size_t length,
                   size_t end)
{
    if (end == length || !is_name_torn(bytes[end - 1], bytes[end])) {
        return true;
    }
    const uint8_t *rest = bytes + end;
    size_t rest_length = length - end;
    for (int32_t i = 0; i <= settings->heartbeat_count; i++) {
        const struct dtu_word *word =
            i < settings->heartbeat_count ? &settings->heartbeat[i] : &settings->registration;
        if (starts_with(rest, rest_length, word) || may_become(rest, rest_length, word)) {
            return true;
        }
    }
    bool is_reply = rest_length >= SHORTEST && rest[1] >= 1 && rest[1] <= 4;
    return is_reply && rest_length >= 5U + rest[2] && is_crc_good(rest, 5U + rest[2]);
}

/* The longest registration that stands at `at`. */
static const struct entry *name_at(const struct dtu_book *book, const uint8_t *bytes, size_t length,
                                   size_t at, size_t *ret_end)
{
    size_t most = (size_t) book->length_max < length - at ? (size_t) book->length_max : length - at;
    for (size_t n = most; n >= 1; n--) {
        const struct entry *entry = book->is_length[n] ? place_of(book, bytes + at, n) : NULL;
        if (entry == NULL || entry->link == NONE) {
            continue;
        }
        const struct dtu_settings *settings = book->settings[entry->link];
        if (is_begin(settings, bytes, at) && is_end(settings, bytes, length, at + n)) {
            *ret_end = at + n;
            return entry;
        }
    }
    return NULL;
}

enum dtu_verdict dtu_book_find(const struct dtu_book *book, const uint8_t *bytes, size_t length,
                               int32_t *ret_link, size_t *ret_end)
{
    for (size_t at = 0; at < length; at++) {
        size_t end = 0;
        const struct entry *entry =
            book->is_first[bytes[at]] ? name_at(book, bytes, length, at, &end) : NULL;
        if (entry != NULL) {
            *ret_link = entry->link;
            *ret_end = end;
            return end == length && entry->is_part ? DTU_PERHAPS : DTU_KNOWN;
        }
    }
    return DTU_MORE;
}

/* --- the filter --------------------------------------------------------------- */

void dtu_filter_reset(struct dtu_filter *filter, const struct dtu_settings *settings)
{
    filter->settings = settings;
    filter->is_asking = false;
    filter->length = 0;
}

static void append(struct dtu_filter *filter, const uint8_t *bytes, size_t length)
{
    CHECK(length <= DTU_HELD_MAX - (size_t) filter->length);
    memcpy(filter->held + filter->length, bytes, length);
    filter->length = (uint16_t) (filter->length + length);
}

static void drop(struct dtu_filter *filter, size_t count)
{
    memmove(filter->held, filter->held + count, filter->length - count);
    filter->length = (uint16_t) (filter->length - count);
}

/* Without a request: drops the words, hands on the rest, and keeps what may yet become a word. */
static size_t sift(struct dtu_filter *filter, uint8_t *to)
{
    size_t at = 0;
    size_t put = 0;
    while (at < filter->length) {
        size_t rest = filter->length - at;
        if (may_become_word(filter->settings, filter->held + at, rest)) {
            break;
        }
        size_t word = word_here(filter->settings, filter->held + at, rest);
        if (word == 0) {
            to[put++] = filter->held[at++];
        }
        at += word;
    }
    drop(filter, at);
    return put;
}

void dtu_filter_ask(struct dtu_filter *filter, const uint8_t *request, size_t length)
{
    CHECK(length >= sizeof filter->request);
    uint8_t ignored[DTU_OUT_MAX];
    (void) sift(filter, ignored);
    memcpy(filter->request, request, sizeof filter->request);
    filter->is_asking = true;
}

/* Length of the answer that would begin here, 0 when none can. */
static size_t answer_length(const struct dtu_filter *filter, const uint8_t *bytes)
{
    const uint8_t *request = filter->request;
    uint32_t count = (uint32_t) request[4] << 8U | request[5];
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

/* Where the first answer in these bytes ends, or 0. */
static size_t find_answer(const struct dtu_filter *filter, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at + SHORTEST <= length; at++) {
        size_t answer = answer_length(filter, bytes + at);
        if (answer > 0 && at + answer <= length && is_crc_good(bytes + at, answer)) {
            return at + answer;
        }
    }
    return 0;
}

struct cut {
    size_t at, length;
};

static int32_t find_cuts(const struct dtu_filter *filter, struct cut cut[static CUTS_MAX])
{
    int32_t count = 0;
    size_t at = 0;
    while (at < filter->length && count < CUTS_MAX) {
        size_t length = word_here(filter->settings, filter->held + at, filter->length - at);
        if (length > 0) {
            cut[count++] = (struct cut){at, length};
        }
        at += length > 0 ? length : 1;
    }
    return count;
}

/* What was held without `count` words, one behind the other. Returns its length. */
static size_t cut_out(const struct dtu_filter *filter, const struct cut *cut, int32_t count,
                      uint8_t to[static DTU_HELD_MAX])
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

/* Takes the reading without these words when the answer is in it. Returns where the answer ends, or 0. */
static size_t try_without(struct dtu_filter *filter, const struct cut *cut, int32_t count)
{
    uint8_t bytes[DTU_HELD_MAX];
    size_t length = cut_out(filter, cut, count, bytes);
    size_t end = find_answer(filter, bytes, length);
    if (end > 0) {
        memcpy(filter->held, bytes, length);
        filter->length = (uint16_t) length;
    }
    return end;
}

/* The readings in their order. */
static size_t find_anyhow(struct dtu_filter *filter)
{
    size_t end = find_answer(filter, filter->held, filter->length);
    if (end > 0) {
        return end;
    }
    struct cut cut[CUTS_MAX];
    int32_t count = find_cuts(filter, cut);
    for (int32_t i = 0; i < count && i < DTU_TRIES && end == 0; i++) {
        end = try_without(filter, &cut[i], 1);
    }
    return end == 0 && count > 1 ? try_without(filter, cut, count) : end;
}

static size_t hand_over(struct dtu_filter *filter, size_t count, uint8_t *to)
{
    memcpy(to, filter->held, count);
    drop(filter, count);
    return count;
}

size_t dtu_filter_take(struct dtu_filter *filter, const uint8_t *bytes, size_t length,
                       uint8_t to[static DTU_OUT_MAX])
{
    CHECK(length <= DTU_TAKE_MAX);
    size_t room = DTU_HELD_MAX - (size_t) filter->length;
    size_t put = length > room ? hand_over(filter, length - room, to) : 0;
    append(filter, bytes, length);
    if (!filter->is_asking) {
        return put + sift(filter, to + put);
    }
    /* What stands behind the answer goes with it, as it is: it may speak against it. */
    size_t count = find_anyhow(filter) > 0 ? filter->length : 0;
    return put + hand_over(filter, count, to + put);
}

void dtu_filter_answered(struct dtu_filter *filter)
{
    filter->is_asking = false;
}

size_t dtu_filter_give_up(struct dtu_filter *filter, uint8_t to[static DTU_OUT_MAX])
{
    if (!filter->is_asking) {
        return 0;
    }
    filter->is_asking = false;
    return hand_over(filter, filter->length, to);
}
