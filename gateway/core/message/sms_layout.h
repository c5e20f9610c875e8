/* sms_layout.h - makes a text fit one short message: at most 70 UCS-2 units with its signature.
 *
 * A text is a row of pieces. The code of the incident and how to answer are fixed and always arrive
 * whole. A text that is too long first loses the ends of names, the longest first, down to
 * SMS_NAME_KEEP units each. Then it loses details, from the last to the first, then names entirely.
 * The fixed pieces of all texts leave room for the longest signature; a test tries the longest
 * names with every text. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/check.h"

enum {
    SMS_UNITS_MAX = 70,
    SIGNATURE_UNITS_MAX = 20, /* a longer signature is cut */
    SMS_PIECES_MAX = 16,
    SMS_PIECE_BYTES = 256,
    SMS_NAME_KEEP = 4,
};

enum sms_piece_kind {
    SMS_PIECE_FIXED,
    SMS_PIECE_NAME,   /* may be cut */
    SMS_PIECE_DETAIL, /* may be left out */
};

struct sms_layout {
    int32_t count;
    struct sms_piece {
        enum sms_piece_kind kind;
        char text[SMS_PIECE_BYTES];
    } piece[SMS_PIECES_MAX];
};

/* Adds a piece. Control characters and 【】 (which only a signature may have) are left out. */
void sms_layout_add(struct sms_layout *layout, enum sms_piece_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Writes 【signature】 and the pieces, at most 70 units, into `size` >= 256 bytes (70 times 3 and
 * NUL). */
void sms_layout_write(struct sms_layout *layout, const char *signature, char *to, size_t size);
