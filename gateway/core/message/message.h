/* message.h - the Chinese short messages, each at most 70 UCS-2 units with its signature.
 *
 * Place, subject, value against limit, start, code, orders with their time, how to answer, and what
 * happens otherwise. Answers are digits; 度 stands for degrees Celsius; no links. Long names are cut
 * so that code and instructions always arrive (sms_layout.h). Pure: facts in, text out. */
#pragma once

#include "gateway/core/message/reply.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/incident.h"
#include "gateway/core/model/policy.h"

struct message_facts {
    const struct policy *policy;
    const struct incident *incident;
    ms_t now;
    bool has_value; /* of the point that the limit is about, now */
    double value;
};

/* The first call. For smoke and flame it orders nobody into the building. */
void message_alarm(const struct message_facts *facts, char text[static MESSAGE_TEXT_MAX]);

/* Again to the same level, without an answer for `unanswered_ms`. */
void message_repeat(const struct message_facts *facts, ms_t unanswered_ms,
                    char text[static MESSAGE_TEXT_MAX]);

enum escalation_reason {
    ESCALATION_UNANSWERED,
    ESCALATION_UNREACHED,   /* every message to the level failed */
    ESCALATION_FALSE_CLAIM, /* a person says it is none: to be confirmed */
    ESCALATION_RELAPSE,     /* active again after work had begun */
};

/* To the next level; `who` has not answered for `waited_ms`, or claims a false alarm. */
void message_escalation(const struct message_facts *facts, enum escalation_reason reason,
                        const char *who, ms_t waited_ms, char text[static MESSAGE_TEXT_MAX]);

/* 已转上级, to the level that stayed silent. */
void message_handed_on(const struct message_facts *facts, const char *to_whom, ms_t waited_ms,
                       char text[static MESSAGE_TEXT_MAX]);

/* Normal again, with peak and duration. */
void message_recovery(const struct message_facts *facts, char text[static MESSAGE_TEXT_MAX]);

/* What an answer has changed; `was_taken` false: nothing. */
void message_confirmation(const struct message_facts *facts, enum reply_verb verb, const char *who,
                          bool was_taken, char text[static MESSAGE_TEXT_MAX]);

/* `count` incidents whose time passed while the gateway was down; the facts are of the worst. */
void message_digest(const struct message_facts *facts, int32_t count,
                    char text[static MESSAGE_TEXT_MAX]);

void message_help(const struct policy *policy, char text[static MESSAGE_TEXT_MAX]);
void message_test(const struct policy *policy, ms_t now, char text[static MESSAGE_TEXT_MAX]);

/* 东墙温湿度 温度41.2度，超限40: the subject of an incident with a judgement, for the screen. */
void message_subject(const struct message_facts *facts, char text[static SUBJECT_MAX]);

enum { SPAN_TEXT_MAX = 40, TIME_TEXT_MAX = 40 };

/* 40秒, 15分钟, 2小时5分, 3天. */
void message_span(ms_t span_ms, char text[static SPAN_TEXT_MAX]);

/* 14:05, on another day 7月1日14:05. */
void message_time(const struct policy *policy, ms_t at, ms_t now, char text[static TIME_TEXT_MAX]);
