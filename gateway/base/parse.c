#include "gateway/base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
    const char *digits = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    bool is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    if (!isxdigit((unsigned char) digits[is_hex ? 2 : 0])) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, is_hex ? 16 : 10);
    if (errno != 0 || *end != '\0' || value < min || value > max) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool parse_double(const char *text, double *ret_value)
{
    const char *digits = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    bool is_number = isdigit((unsigned char) digits[0]) != 0 ||
                     (digits[0] == '.' && isdigit((unsigned char) digits[1]) != 0);
    if (!is_number || strpbrk(digits, "xXpP") != NULL) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    double value = strtod(text, &end);
    if (*end != '\0' || !isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

static const struct unit {
    const char *name;
    ms_t span;
} units[] = {
    {"d", MS_PER_DAY}, {"h", MS_PER_HOUR}, {"m", MS_PER_MINUTE}, {"s", MS_PER_SECOND}, {"ms", 1}};
enum { UNIT_COUNT = sizeof units / sizeof units[0] };

bool parse_duration(const char *text, ms_t *ret_span)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15) {
        return false;
    }
    char number[16];
    memcpy(number, text, digits);
    number[digits] = '\0';
    int64_t count = 0;
    if (!parse_int(number, 0, INT64_MAX, &count)) {
        return false;
    }
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(text + digits, units[i].name) == 0 &&
            count <= 3660 * MS_PER_DAY / units[i].span) {
            *ret_span = count * units[i].span;
            return true;
        }
    }
    return false;
}

void format_duration(ms_t span, char to[static 24])
{
    CHECK(span >= 0);
    int best = UNIT_COUNT - 1;
    for (int i = UNIT_COUNT - 1; i >= 0; i--) {
        if (span % units[i].span == 0 && span != 0) {
            best = i;
        }
    }
    if (span == 0) {
        best = 3;
    }
    (void) snprintf(to, 24, "%" PRId64 "%s", span / units[best].span, units[best].name);
}

static size_t copy_digits(const char *text, char *to, size_t size)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == '-') {
            continue;
        }
        if (!isdigit((unsigned char) *text) || count + 1 >= size) {
            return 0;
        }
        to[count++] = *text;
    }
    to[count] = '\0';
    return count;
}

bool parse_phone(const char *text, char ret_number[static PHONE_MAX])
{
    while (*text == ' ') {
        text++;
    }
    bool has_plus = text[0] == '+';
    char digits[18];
    size_t count = copy_digits(text + (has_plus ? 1 : 0), digits, sizeof digits);
    const char *number = digits;
    if (count > 2 && !has_plus && strncmp(digits, "00", 2) == 0) {
        has_plus = true;
        number += 2;
        count -= 2;
    }
    /* A Chinese mobile number: 11 digits that begin with 1; with 86 before it, 13. */
    if (!has_plus && count == 11 && number[0] == '1') {
        (void) snprintf(ret_number, PHONE_MAX, "+86%s", number);
        return true;
    }
    has_plus = has_plus || (count == 13 && strncmp(number, "86", 2) == 0);
    if (!has_plus || count < 5 || count > 15 || number[0] == '0') {
        return false;
    }
    (void) snprintf(ret_number, PHONE_MAX, "+%s", number);
    return true;
}

bool parse_is_id(const char *text)
{
    size_t length = strlen(text);
    return length >= 1 && length <= 32 && text[0] != '_' && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);
    return at == NULL ? -1 : (int) (at - digits) & 15;
}

size_t parse_hex(const char *text, size_t max, uint8_t *to)
{
    size_t length = 0;
    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || length == max) {
            return 0;
        }
        to[length++] = (uint8_t) (high * 16 + low);
        text += 2;
    }
    return length;
}
