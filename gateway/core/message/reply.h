/* reply.h - what a person meant by a short text message. Pure: text in, meaning out.
 *
 *   1, 一, 收到            I have it            2, 二, 误报     false alarm
 *   3, 三, 完成, 已完成    the work is done     4, 四, 到场, 已到场   I am on site
 *
 * with blanks, full-width digits and punctuation anywhere around, and an incident's code of four or five digits
 * before or after: "1 7382", "7382,1", "收到。". Everything else is not understood: a text with two different
 * meanings, with words besides these, or with digits that are neither a verb nor a code. */
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
    char code[CODE_MAX]; /* "" : the bare word */
};

/* `text` is valid UTF-8. */
struct reply reply_parse(const char *text);
