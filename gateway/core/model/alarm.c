#include "gateway/core/model/alarm.h"

bool alarm_is_raised(const struct alarm *alarm)
{
    return alarm->state == ALARM_UNACK || alarm->state == ALARM_ACKED;
}

bool alarm_is_latched(const struct alarm *alarm)
{
    return alarm->state == ALARM_LATCH_UNACK || alarm->state == ALARM_LATCH_ACKED;
}

static void start_delay(ms_t *since, ms_t now)
{
    if (*since == 0) {
        *since = now;
    } else if (*since < 0) {
        *since = max_ms(1, now + *since);
    }
}

static void pause_delay(ms_t *since, ms_t at)
{
    if (*since > 0) {
        *since = -max_ms(1, at - *since);
    }
}

void alarm_pause(struct alarm *alarm, ms_t at)
{
    pause_delay(&alarm->pending_since, at);
    pause_delay(&alarm->clearing_since, at);
}

/* NORMAL, RTN_UNACK, LATCH_UNACK, LATCH_ACKED -> UNACK, when the on-delay is over */
static enum alarm_change judge_quiet(struct alarm *alarm, const struct alarm_limits *limits,
                                     enum truth when, ms_t now)
{
    if (when == TRUTH_FALSE) {
        alarm->pending_since = 0;
        return ALARM_CHANGE_NONE;
    }
    start_delay(&alarm->pending_since, now);
    if (now - alarm->pending_since < limits->hold_ms) {
        return ALARM_CHANGE_NONE;
    }
    alarm->active_since = alarm->pending_since;
    alarm->pending_since = 0;
    alarm->clearing_since = 0;
    alarm->state = ALARM_UNACK;
    return ALARM_CHANGE_RAISED;
}

/* UNACK -> RTN_UNACK, ACKED -> NORMAL, or to LATCH_UNACK, LATCH_ACKED, when the off-delay is
 * over */
static enum alarm_change judge_raised(struct alarm *alarm, const struct alarm_limits *limits,
                                      enum truth when, enum truth clear, ms_t now)
{
    if (when == TRUTH_TRUE || clear == TRUTH_FALSE) {
        alarm->clearing_since = 0;
        return ALARM_CHANGE_NONE;
    }
    start_delay(&alarm->clearing_since, now);
    if (now - alarm->clearing_since < limits->clear_hold_ms || now < limits->no_clear_until) {
        return ALARM_CHANGE_NONE;
    }
    bool is_acked = alarm->state == ALARM_ACKED;
    alarm->clearing_since = 0;
    if (limits->is_latched) {
        alarm->state = is_acked ? ALARM_LATCH_ACKED : ALARM_LATCH_UNACK;
        return ALARM_CHANGE_LATCHED;
    }
    alarm->state = is_acked ? ALARM_NORMAL : ALARM_RTN_UNACK;
    return ALARM_CHANGE_RETURNED;
}

enum alarm_change alarm_judge(struct alarm *alarm, const struct alarm_limits *limits,
                              enum truth when, enum truth clear, ms_t now)
{
    CHECK(now > 0);
    bool is_raised = alarm_is_raised(alarm);
    if (when == TRUTH_UNKNOWN || (is_raised && clear == TRUTH_UNKNOWN)) {
        alarm_pause(alarm, now);
        return ALARM_CHANGE_NONE;
    }
    return is_raised ? judge_raised(alarm, limits, when, clear, now)
                     : judge_quiet(alarm, limits, when, now);
}

ms_t alarm_due(const struct alarm *alarm, const struct alarm_limits *limits)
{
    if (alarm_is_raised(alarm)) {
        return alarm->clearing_since <= 0
                   ? 0
                   : max_ms(alarm->clearing_since + limits->clear_hold_ms, limits->no_clear_until);
    }
    return alarm->pending_since <= 0 ? 0 : alarm->pending_since + limits->hold_ms;
}

void alarm_acknowledge(struct alarm *alarm)
{
    static const enum alarm_state acked[ALARM_STATE_COUNT] = {
        [ALARM_NORMAL] = ALARM_NORMAL,
        [ALARM_UNACK] = ALARM_ACKED,
        [ALARM_ACKED] = ALARM_ACKED,
        [ALARM_RTN_UNACK] = ALARM_NORMAL,
        [ALARM_LATCH_UNACK] = ALARM_LATCH_ACKED,
        [ALARM_LATCH_ACKED] = ALARM_LATCH_ACKED,
    };
    alarm->state = acked[alarm->state];
}

bool alarm_reset(struct alarm *alarm)
{
    if (!alarm_is_latched(alarm)) {
        return false;
    }
    alarm->state = alarm->state == ALARM_LATCH_ACKED ? ALARM_NORMAL : ALARM_RTN_UNACK;
    return true;
}
