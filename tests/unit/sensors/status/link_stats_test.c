#include "sensors/status/link_stats.h"

#include <string.h>

#include "tests/unit/expect.h"

#define SECOND US_PER_SECOND

static struct link_result good(us_t at, us_t rtt)
{
    return (struct link_result){.at = at, .rtt_us = rtt, .is_answered = true};
}

static struct link_result bad(us_t at, enum reason reason, uint8_t exception)
{
    return (struct link_result){.at = at, .reason = reason, .exception = exception};
}

static void give(struct device_stats *stats, struct link_result result, us_t sent_at)
{
    link_stats_take(stats, &result, sent_at);
}

static void a_device_never_asked_has_no_share_of_good_results(void **state)
{
    (void) state;
    struct device_stats stats = {0};
    assert_true(link_stats_success(&stats) < 0);
    assert_int_equal(link_stats_slowest(&stats), 0);
}

static void an_error_stays_with_its_time_after_the_device_is_well(void **state)
{
    (void) state;
    struct device_stats stats = {0};
    give(&stats, bad(10 * SECOND, REASON_TIMEOUT, 0), 9 * SECOND);
    give(&stats, bad(12 * SECOND, REASON_EXCEPTION, 2), 11 * SECOND);
    assert_int_equal(stats.failing_since, 10 * SECOND);
    give(&stats, good(14 * SECOND, 20000), 13 * SECOND);
    assert_int_equal(stats.failing_since, 0);
    assert_int_equal(stats.failed_at, 12 * SECOND);
    assert_int_equal(stats.failed_reason, REASON_EXCEPTION);
    assert_int_equal(stats.failed_exception, 2);
}

static void a_retry_is_a_request_after_one_that_failed(void **state)
{
    (void) state;
    struct device_stats stats = {0};
    give(&stats, good(1 * SECOND, 20000), 1);
    give(&stats, bad(2 * SECOND, REASON_TIMEOUT, 0), 1);
    assert_int_equal(stats.retries, 0);
    give(&stats, bad(3 * SECOND, REASON_TIMEOUT, 0), 1); /* asked again */
    give(&stats, bad(4 * SECOND, REASON_TIMEOUT, 0), 0); /* only told, not asked */
    give(&stats, good(5 * SECOND, 20000), 1);            /* asked again */
    give(&stats, good(6 * SECOND, 20000), 1);
    assert_int_equal(stats.retries, 2);
}

static void the_share_of_good_results_forgets_what_is_old(void **state)
{
    (void) state;
    struct device_stats stats = {0};
    give(&stats, bad(SECOND, REASON_TIMEOUT, 0), 1);
    for (int i = 0; i < 3; i++) {
        give(&stats, good(SECOND, 1000), 1);
    }
    expect_near(link_stats_success(&stats), 0.75, 1e-9);
    for (int i = 0; i < LINK_STATS_OUTCOMES; i++) {
        give(&stats, good(SECOND, 1000), 1);
    }
    expect_near(link_stats_success(&stats), 1, 1e-9);
}

static void the_mean_follows_and_the_slowest_is_forgotten_in_time(void **state)
{
    (void) state;
    struct device_stats stats = {0};
    us_t at = 1000 * SECOND;
    give(&stats, good(at, 80000), 1);
    assert_int_equal(stats.rtt_mean_us, 80000);
    give(&stats, good(at + SECOND, 16000), 1);
    assert_int_equal(stats.rtt_mean_us, 72000);
    assert_int_equal(link_stats_slowest(&stats), 80000);
    give(&stats, good(at + LINK_STATS_SLOWEST_US, 20000), 1);
    assert_int_equal(link_stats_slowest(&stats), 80000);
    give(&stats, good(at + 2 * LINK_STATS_SLOWEST_US, 10000), 1);
    assert_int_equal(link_stats_slowest(&stats), 20000);
    give(&stats, good(at + 9 * LINK_STATS_SLOWEST_US, 5000), 1); /* after a long silence */
    assert_int_equal(link_stats_slowest(&stats), 5000);
}

static void a_links_share_is_its_busy_time_over_the_last_whole_span(void **state)
{
    (void) state;
    struct link_stats stats = {0};
    us_t at = 50 * SECOND;
    link_stats_busy(&stats, 0, at);
    for (int i = 1; i <= 10; i++) {
        link_stats_busy(&stats, at + i * SECOND - SECOND / 4, at + i * SECOND);
        assert_int_equal(stats.has_share, i == 10);
        expect_near(stats.share, i < 10 ? 0 : 0.25, 1e-9);
    }
    /* Nothing was asked for a while: nothing was busy. */
    link_stats_busy(&stats, 0, at + 30 * SECOND);
    expect_near(stats.share, 0, 1e-9);
}

static void what_came_in_is_kept_from_its_beginning_and_counted_whole(void **state)
{
    (void) state;
    struct last_bytes heard = {0};
    uint8_t bytes[LINK_STATS_BYTES_MAX];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t) i;
    }
    link_stats_hear(&heard, bytes, 5);
    link_stats_hear(&heard, bytes, sizeof bytes);
    link_stats_hear(&heard, bytes, 40);
    assert_int_equal(heard.length, 45 + sizeof bytes);
    assert_memory_equal(heard.byte, bytes, 5);
    assert_memory_equal(heard.byte + 5, bytes, sizeof bytes - 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_never_asked_has_no_share_of_good_results),
        cmocka_unit_test(an_error_stays_with_its_time_after_the_device_is_well),
        cmocka_unit_test(a_retry_is_a_request_after_one_that_failed),
        cmocka_unit_test(the_share_of_good_results_forgets_what_is_old),
        cmocka_unit_test(the_mean_follows_and_the_slowest_is_forgotten_in_time),
        cmocka_unit_test(a_links_share_is_its_busy_time_over_the_last_whole_span),
        cmocka_unit_test(what_came_in_is_kept_from_its_beginning_and_counted_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
