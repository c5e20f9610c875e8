/* reply.h - the meaning of an inbound text. Pure: text in, meaning out.
 *
 *   1, 一, 收到            received              2, 二, 误报            false alarm
 *   3, 三, 完成, 已完成    the work is done      4, 四, 到场, 已到场    on site
 *
 * Blanks, full-width digits and punctuation may stand anywhere, and the code of an incident, four
 * or five digits, before or after: "1 7382", "7382,1", "收到。". A text with two meanings, other
 * words, or other digits is not understood. */
#pragma once

#include "gateway/core/model/incident.h"

enum reply_verb {
    REPLY_NOT_UNDERSTOOD,
    REPLY_RECEIVED,
    REPLY_FALSE_ALARM,
    REPLY_DONE,
    REPLY_ON_SITE,
};

struct reply {
    enum reply_verb verb;
    char code[CODE_MAX]; /* "": without a code */
};

/* `text` is valid UTF-8. */
struct reply reply_parse(const char *text);
