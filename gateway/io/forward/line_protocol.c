#include "gateway/io/forward/line_protocol.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"

enum {
    TAIL_MAX = 96, /* fields and time: 18 + LINE_PROTOCOL_NUMBER_MAX + 23 at most */
    HEAD_MAX = LINE_PROTOCOL_MAX_BYTES - TAIL_MAX, /* measurement and tags */
};

struct line_protocol_heads {
    struct text text; /* all heads, one behind the other */
    uint32_t *first;  /* by point; one more at the end. A head without bytes was too long */
    ms_t at;          /* of the previous line: the readings of a block share their time */
    char time[LINE_PROTOCOL_NUMBER_MAX]; /* as text, from the blank to the newline */
    size_t time_length;
};

static void add_escaped(struct text *text, const char *string, const char *special)
{
    size_t length = strlen(string);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char) string[i];
        bool is_lost = byte < 0x20 || byte == 0x7F || (byte == '\\' && i + 1 == length);
        if (!is_lost && strchr(special, byte) != NULL) {
            text_add_bytes(text, "\\", 1);
        }
        text_add_bytes(text, is_lost ? "_" : string + i, 1);
    }
}

static void add_tag(struct text *text, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        text_add(text, "%s", key);
        add_escaped(text, value, ",= ");
    }
}

static size_t format_digits(uint64_t value, int width, char *to)
{
    char reversed[24]; /* 20 digits of 2^64 */
    int count = 0;
    while (value > 0 || count < width) {
        reversed[count++] = (char) ('0' + (int) (value % 10));
        value /= 10;
    }
    for (int i = 0; i < count; i++) {
        to[i] = reversed[count - 1 - i];
    }
    return (size_t) count;
}

/* Bit for bit: 0 and -0 differ. */
static bool is_same_double(double a, double b)
{
    uint64_t bits_a = 0;
    uint64_t bits_b = 0;
    memcpy(&bits_a, &a, sizeof a);
    memcpy(&bits_b, &b, sizeof b);
    return bits_a == bits_b;
}

enum { DECIMALS_FAST = 6 };

/* The usual case: few decimals. An integer below 2^53 divided by a power of ten below 10^22 is
 * rounded once, as strtod rounds the decimal text (Clinger 1990). So an equal quotient proves the
 * text. Returns 0 when the value has more decimals. */
static size_t format_few_decimals(double value, char *to)
{
    static const int64_t power_of_ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    double size = fabs(value);
    if (size >= 1e9) {
        return 0;
    }
    for (int decimals = 0; decimals <= DECIMALS_FAST; decimals++) {
        int64_t power = power_of_ten[decimals];
        int64_t scaled = llround(size * (double) power);
        if (!is_same_double((double) scaled / (double) power, size)) {
            continue;
        }
        size_t length = 0;
        if (signbit(value)) {
            to[length++] = '-';
        }
        length += format_digits((uint64_t) (scaled / power), 1, to + length);
        if (decimals > 0) {
            to[length++] = '.';
            length += format_digits((uint64_t) (scaled % power), decimals, to + length);
        }
        return length;
    }
    return 0;
}

size_t line_protocol_format_value(double value, char to[static LINE_PROTOCOL_NUMBER_MAX])
{
    CHECK(isfinite(value));
    size_t length = format_few_decimals(value, to);
    for (int digits = 15; length == 0 && digits <= 17; digits++) {
        int written = snprintf(to, LINE_PROTOCOL_NUMBER_MAX, "%.*g", digits, value);
        CHECK(written > 0 && written < LINE_PROTOCOL_NUMBER_MAX);
        if (digits == 17 || is_same_double(strtod(to, NULL), value)) {
            length = (size_t) written;
        }
    }
    to[length] = '\0';
    return length;
}

static size_t append_string(char *to, size_t length, const char *string)
{
    while (*string != '\0') {
        to[length++] = *string++;
    }
    return length;
}

static size_t format_fields(const struct reading *reading, char to[static TAIL_MAX])
{
    size_t length = append_string(to, 0, " quality=");
    length += format_digits((uint64_t) reading->quality, 1, to + length);
    length = append_string(to, length, "i");
    if (reading_has_value(reading) && isfinite(reading->value)) {
        length = append_string(to, length, ",value=");
        length += line_protocol_format_value(reading->value, to + length);
    }
    return length;
}

static void format_time(struct line_protocol_heads *heads, ms_t at)
{
    uint64_t size = at < 0 ? 0 - (uint64_t) at : (uint64_t) at;
    size_t length = append_string(heads->time, 0, at < 0 ? " -" : " ");
    length += format_digits(size, 1, heads->time + length);
    heads->time_length = append_string(heads->time, length, "\n");
    heads->at = at;
}

/* Ids are at most 32 bytes and an escape doubles at most, so HEAD_MAX is never reached by a checked
 * config; a longer head is left empty. */
static void add_head(struct text *heads, const struct policy *policy, int32_t index)
{
    const struct policy_point *point = &policy->point[index];
    char bytes[HEAD_MAX + 1];
    struct text head = text_over(bytes, sizeof bytes);
    add_escaped(&head, point->quantity, ", ");
    add_tag(&head, ",device=", policy->device[point->device].id);
    add_tag(&head, ",gateway=", policy->gateway_id);
    add_tag(&head, ",point=", point->key);
    add_tag(&head, ",site=", policy->site[point->site].id);
    if (!head.is_cut) {
        text_add_bytes(heads, head.bytes, head.length);
    }
}

struct line_protocol_heads *line_protocol_heads_new(const struct policy *policy)
{
    struct line_protocol_heads *heads = memory_take(1, sizeof *heads);
    size_t count = (size_t) policy->point_count;
    heads->text = text_growing(count * HEAD_MAX + 1);
    heads->first = memory_take(count + 1, sizeof *heads->first);
    for (int32_t i = 0; i < policy->point_count; i++) {
        add_head(&heads->text, policy, i);
        heads->first[i + 1] = (uint32_t) heads->text.length;
    }
    CHECK(!heads->text.is_cut);
    format_time(heads, 0);
    return heads;
}

void line_protocol_heads_free(struct line_protocol_heads *heads)
{
    if (heads != NULL) {
        text_free(&heads->text);
        free(heads->first);
        free(heads);
    }
}

void line_protocol_add(struct text *text, struct line_protocol_heads *heads,
                       const struct reading *reading)
{
    const uint32_t *first = &heads->first[reading->point];
    size_t head_length = first[1] - first[0];
    if (reading->at != heads->at) {
        format_time(heads, reading->at);
    }
    char tail[TAIL_MAX] UNINITIALIZED;
    size_t length = format_fields(reading, tail);
    memcpy(tail + length, heads->time, heads->time_length);
    length += heads->time_length;
    if (head_length == 0 || head_length + length >= text->size - text->length) {
        text->is_cut = true;
        return;
    }
    text_add_bytes(text, heads->text.bytes + first[0], head_length);
    text_add_bytes(text, tail, length);
}
