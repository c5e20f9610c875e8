#include "gateway/core/model/alarm.h"

#include "tests/unit/expect.h"

#define AT 1784000000000 /* some July afternoon */

static const struct alarm_limits minute = {.hold_ms = 60000, .clear_hold_ms = 60000};
static const struct alarm_limits at_once = {0};

/* What `when` says; `clear` is its opposite. */
static enum alarm_change say(struct alarm *alarm, const struct alarm_limits *limits,
                             enum truth when, ms_t now)
{
    static const enum truth opposite[] = {
        [TRUTH_FALSE] = TRUTH_TRUE, [TRUTH_TRUE] = TRUTH_FALSE, [TRUTH_UNKNOWN] = TRUTH_UNKNOWN};
    return alarm_judge(alarm, limits, when, opposite[when], now);
}

static void it_is_raised_when_the_on_delay_is_over(void **state)
{
    (void) state;
    struct alarm alarm = {0};
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT), ALARM_CHANGE_NONE);
    assert_true(alarm_due(&alarm, &minute) == AT + 60000);
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT + 59999), ALARM_CHANGE_NONE);
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT + 60000), ALARM_CHANGE_RAISED);
    assert_int_equal(alarm.state, ALARM_UNACK);
    assert_true(alarm.active_since == AT);
}

static void a_short_peak_starts_the_on_delay_anew(void **state)
{
    (void) state;
    struct alarm alarm = {0};
    (void) say(&alarm, &minute, TRUTH_TRUE, AT);
    (void) say(&alarm, &minute, TRUTH_FALSE, AT + 59000);
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT + 61000), ALARM_CHANGE_NONE);
    assert_int_equal(alarm.state, ALARM_NORMAL);
}

static void unknown_time_counts_for_neither_delay(void **state)
{
    (void) state;
    struct alarm alarm = {0};
    (void) say(&alarm, &minute, TRUTH_TRUE, AT);
    (void) say(&alarm, &minute, TRUTH_UNKNOWN, AT + 40000);
    assert_true(alarm_due(&alarm, &minute) == 0);
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT + 140000), ALARM_CHANGE_NONE);
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT + 159999), ALARM_CHANGE_NONE);
    assert_int_equal(say(&alarm, &minute, TRUTH_TRUE, AT + 160000), ALARM_CHANGE_RAISED);

    (void) say(&alarm, &minute, TRUTH_FALSE, AT + 200000);
    (void) say(&alarm, &minute, TRUTH_UNKNOWN, AT + 250000);
    assert_int_equal(say(&alarm, &minute, TRUTH_FALSE, AT + 900000), ALARM_CHANGE_NONE);
    assert_int_equal(say(&alarm, &minute, TRUTH_FALSE, AT + 909999), ALARM_CHANGE_NONE);
    assert_int_equal(say(&alarm, &minute, TRUTH_FALSE, AT + 910000), ALARM_CHANGE_RETURNED);
}

static void unknown_neither_raises_nor_clears(void **state)
{
    (void) state;
    struct alarm alarm = {0};
    assert_int_equal(say(&alarm, &at_once, TRUTH_UNKNOWN, AT), ALARM_CHANGE_NONE);
    assert_int_equal(alarm.state, ALARM_NORMAL);
    (void) say(&alarm, &at_once, TRUTH_TRUE, AT + 1);
    assert_int_equal(say(&alarm, &at_once, TRUTH_UNKNOWN, AT + 2), ALARM_CHANGE_NONE);
    assert_int_equal(alarm.state, ALARM_UNACK);
}

static void a_true_clear_beside_an_unknown_when_does_not_clear(void **state)
{
    (void) state;
    struct alarm alarm = {.state = ALARM_UNACK};
    assert_int_equal(alarm_judge(&alarm, &at_once, TRUTH_UNKNOWN, TRUTH_TRUE, AT),
                     ALARM_CHANGE_NONE);
    assert_int_equal(alarm_judge(&alarm, &at_once, TRUTH_FALSE, TRUTH_UNKNOWN, AT),
                     ALARM_CHANGE_NONE);
    assert_int_equal(alarm.state, ALARM_UNACK);
}

static void between_the_limits_the_off_delay_starts_anew(void **state)
{
    (void) state;
    struct alarm alarm = {.state = ALARM_ACKED};
    (void) alarm_judge(&alarm, &minute, TRUTH_FALSE, TRUTH_TRUE, AT);
    (void) alarm_judge(&alarm, &minute, TRUTH_FALSE, TRUTH_FALSE, AT + 50000);
    assert_int_equal(alarm_judge(&alarm, &minute, TRUTH_FALSE, TRUTH_TRUE, AT + 70000),
                     ALARM_CHANGE_NONE);
    assert_int_equal(alarm_judge(&alarm, &minute, TRUTH_FALSE, TRUTH_TRUE, AT + 130000),
                     ALARM_CHANGE_RETURNED);
    assert_int_equal(alarm.state, ALARM_NORMAL);
}

static void unacknowledged_it_returns_to_rtn_unack(void **state)
{
    (void) state;
    struct alarm alarm = {.state = ALARM_UNACK};
    assert_int_equal(say(&alarm, &at_once, TRUTH_FALSE, AT), ALARM_CHANGE_RETURNED);
    assert_int_equal(alarm.state, ALARM_RTN_UNACK);
    assert_int_equal(say(&alarm, &at_once, TRUTH_TRUE, AT + 1), ALARM_CHANGE_RAISED);
    assert_int_equal(alarm.state, ALARM_UNACK);
    (void) say(&alarm, &at_once, TRUTH_FALSE, AT + 2);
    alarm_acknowledge(&alarm);
    assert_int_equal(alarm.state, ALARM_NORMAL);
}

static void a_latch_is_taken_off_by_a_person_only(void **state)
{
    (void) state;
    const struct alarm_limits latched = {.is_latched = true};
    struct alarm alarm = {0};
    (void) say(&alarm, &latched, TRUTH_TRUE, AT);
    assert_false(alarm_reset(&alarm));
    assert_int_equal(say(&alarm, &latched, TRUTH_FALSE, AT + 1), ALARM_CHANGE_LATCHED);
    assert_int_equal(alarm.state, ALARM_LATCH_UNACK);
    assert_int_equal(say(&alarm, &latched, TRUTH_FALSE, AT + 2), ALARM_CHANGE_NONE);
    assert_int_equal(say(&alarm, &latched, TRUTH_TRUE, AT + 3), ALARM_CHANGE_RAISED);
    alarm_acknowledge(&alarm);
    (void) say(&alarm, &latched, TRUTH_FALSE, AT + 4);
    assert_int_equal(alarm.state, ALARM_LATCH_ACKED);
    assert_true(alarm_reset(&alarm));
    assert_int_equal(alarm.state, ALARM_NORMAL);
}

static void in_the_settle_time_the_off_delay_runs_but_does_not_end(void **state)
{
    (void) state;
    const struct alarm_limits settling = {.no_clear_until = AT + 5000};
    struct alarm alarm = {.state = ALARM_UNACK};
    assert_int_equal(say(&alarm, &settling, TRUTH_FALSE, AT), ALARM_CHANGE_NONE);
    assert_true(alarm_due(&alarm, &settling) == AT + 5000);
    assert_int_equal(say(&alarm, &settling, TRUTH_FALSE, AT + 5000), ALARM_CHANGE_RETURNED);
}

static void a_pause_keeps_what_was_counted(void **state)
{
    (void) state;
    struct alarm alarm = {.pending_since = AT};
    alarm_pause(&alarm, AT + 42000);
    assert_true(alarm.pending_since == -42000);
    alarm_pause(&alarm, AT + 99000);
    assert_true(alarm.pending_since == -42000);
    (void) say(&alarm, &minute, TRUTH_TRUE, AT + 3600000);
    assert_true(alarm_due(&alarm, &minute) == AT + 3600000 + 18000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_raised_when_the_on_delay_is_over),
        cmocka_unit_test(a_short_peak_starts_the_on_delay_anew),
        cmocka_unit_test(unknown_time_counts_for_neither_delay),
        cmocka_unit_test(unknown_neither_raises_nor_clears),
        cmocka_unit_test(a_true_clear_beside_an_unknown_when_does_not_clear),
        cmocka_unit_test(between_the_limits_the_off_delay_starts_anew),
        cmocka_unit_test(unacknowledged_it_returns_to_rtn_unack),
        cmocka_unit_test(a_latch_is_taken_off_by_a_person_only),
        cmocka_unit_test(in_the_settle_time_the_off_delay_runs_but_does_not_end),
        cmocka_unit_test(a_pause_keeps_what_was_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
