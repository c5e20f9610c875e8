#include "gateway/core/message/sms_layout.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"

static bool may_stand(uint32_t code)
{
    return code >= 0x20 && code != 0x7F && code != 0x3010 && code != 0x3011;
}

/* Drops characters that a message must not contain, in place. */
static void drop_forbidden(char *text)
{
    size_t length = strlen(text);
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(text + at, length - at, &code);
        if (step == 0) {
            at++;
            continue;
        }
        if (may_stand(code)) {
            memmove(text + used, text + at, step);
            used += step;
        }
        at += step;
    }
    text[used] = '\0';
}

/* Cuts to at most `units`, between characters. */
static void cut_to_units(char *text, size_t units)
{
    size_t length = strlen(text);
    size_t used = 0;
    size_t at = 0;
    while (at < length) {
        uint32_t code = 0;
        size_t step = utf8_decode(text + at, length - at, &code);
        size_t need = step == 4 ? 2 : 1;
        if (step == 0 || used + need > units) {
            break;
        }
        used += need;
        at += step;
    }
    text[at] = '\0';
}

void sms_layout_add(struct sms_layout *layout, enum sms_piece_kind kind, const char *format, ...)
{
    CHECK(layout->count < SMS_PIECES_MAX);
    struct sms_piece *piece = &layout->piece[layout->count++];
    piece->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    int need = vsnprintf(piece->text, sizeof piece->text, format, arguments);
    va_end(arguments);
    CHECK(need >= 0);
    if ((size_t) need >= sizeof piece->text) {
        utf8_trim(piece->text);
    }
    drop_forbidden(piece->text);
}

static size_t units_of(const struct sms_layout *layout)
{
    size_t units = 0;
    for (int32_t i = 0; i < layout->count; i++) {
        units += utf8_units(layout->piece[i].text);
    }
    return units;
}

/* The longest name of more than `keep` units, or NULL. */
static struct sms_piece *longest_name(struct sms_layout *layout, size_t keep)
{
    struct sms_piece *longest = NULL;
    size_t most = keep;
    for (int32_t i = 0; i < layout->count; i++) {
        struct sms_piece *piece = &layout->piece[i];
        size_t units = utf8_units(piece->text);
        if (piece->kind == SMS_PIECE_NAME && units > most) {
            longest = piece;
            most = units;
        }
    }
    return longest;
}

static void cut_names(struct sms_layout *layout, size_t room, size_t keep)
{
    struct sms_piece *piece = longest_name(layout, keep);
    while (units_of(layout) > room && piece != NULL) {
        cut_to_units(piece->text, utf8_units(piece->text) - 1);
        piece = longest_name(layout, keep);
    }
}

static void drop_details(struct sms_layout *layout, size_t room)
{
    for (int32_t i = layout->count - 1; i >= 0 && units_of(layout) > room; i--) {
        if (layout->piece[i].kind == SMS_PIECE_DETAIL) {
            layout->piece[i].text[0] = '\0';
        }
    }
}

void sms_layout_write(struct sms_layout *layout, const char *signature, char *to, size_t size)
{
    CHECK(size >= 256); /* a unit is at most 3 bytes of UTF-8 */
    char name[SMS_PIECE_BYTES];
    text_copy(name, sizeof name, signature);
    drop_forbidden(name);
    cut_to_units(name, SIGNATURE_UNITS_MAX);

    size_t room = SMS_UNITS_MAX - utf8_units(name) - (name[0] == '\0' ? 0 : 2);
    cut_names(layout, room, SMS_NAME_KEEP);
    drop_details(layout, room);
    cut_names(layout, room, 0);
    CHECK(units_of(layout) <= room);

    struct text text = text_over(to, size);
    if (name[0] != '\0') {
        text_add(&text, "【%s】", name);
    }
    for (int32_t i = 0; i < layout->count; i++) {
        text_add(&text, "%s", layout->piece[i].text);
    }
    CHECK(!text.is_cut);
}
