/* alarm.h - the alarm of one judgement, after ISA-18.2 and OPC UA Part 9: raised, latched,
 * acknowledged.
 *
 *               when, for hold           clear, for clear_hold
 *   NORMAL -------------------> UNACK -------------------------> RTN_UNACK (latched: LATCH_UNACK)
 *     ^ ^                       |   ^                              |   |
 *     | |                   ack |   | when, for hold               |   | ack
 *     | | clear, for clear_hold v   +------------------------------+   |
 *     | +--------------------- ACKED              (LATCH_ACKED)        |
 *     +----------------------------------------------------------------+
 *
 * LATCH_UNACK -> LATCH_ACKED by an acknowledgement. Both go to NORMAL by alarm_reset only, and to
 * UNACK when the condition is raised again.
 *
 * Unknown neither raises nor clears. Both delays count only time with data. An unknown pauses a
 * running delay. The next known truth resumes it, or starts it anew when it is the opposite. So a
 * sensor that loses every second sample still raises, later, and missing data never helps to
 * clear. */
#pragma once

#include "gateway/core/expr/expr.h"
#include "gateway/core/model/effect.h"

struct alarm {
    enum alarm_state state;
    enum condition condition;
    ms_t pending_since;  /* start of the on-delay; 0: none; below 0: paused after so many ms */
    ms_t clearing_since; /* the off-delay likewise */
    ms_t active_since;   /* when the present or last activity began, its on-delay included */
    int64_t incident;    /* open one, 0: none */
};

struct alarm_limits {
    ms_t hold_ms, clear_hold_ms;
    bool is_latched;
    ms_t no_clear_until; /* the settle time: counting goes on, clearing waits */
};

enum alarm_change {
    ALARM_CHANGE_NONE,
    ALARM_CHANGE_RAISED,
    ALARM_CHANGE_RETURNED,
    ALARM_CHANGE_LATCHED, /* normal again, but a person must confirm it */
};

/* Takes the truth of both expressions now. Both must be known to clear: an unknown `when` beside a
 * true `clear` is missing data. now > 0. */
enum alarm_change alarm_judge(struct alarm *alarm, const struct alarm_limits *limits,
                              enum truth when, enum truth clear, ms_t now);

/* Stops both delays where data ended, at or before now. */
void alarm_pause(struct alarm *alarm, ms_t at);

/* When it changes by time alone, if the truth stays; 0: never. */
ms_t alarm_due(const struct alarm *alarm, const struct alarm_limits *limits);

/* The process is abnormal: UNACK or ACKED. */
bool alarm_is_raised(const struct alarm *alarm);
bool alarm_is_latched(const struct alarm *alarm);

void alarm_acknowledge(struct alarm *alarm);

/* Takes a latch off; false when there is none. */
bool alarm_reset(struct alarm *alarm);
