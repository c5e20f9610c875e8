#include "sensors/status/link_stats.h"

#include <string.h>

#include "gateway/base/check.h"

static uint32_t saturate_us(us_t span)
{
    return span < 0 ? 0 : span > UINT32_MAX ? UINT32_MAX : (uint32_t) span;
}

static void add_rtt(struct device_stats *stats, us_t at, us_t rtt)
{
    uint32_t us = saturate_us(rtt);
    uint32_t mean = stats->rtt_mean_us;
    stats->rtt_mean_us = mean == 0 ? us : (uint32_t) (((uint64_t) mean * 7 + us) / 8);
    us_t age = at - stats->turned_at;
    if (age >= LINK_STATS_SLOWEST_US) {
        stats->rtt_max_before_us = age < 2 * LINK_STATS_SLOWEST_US ? stats->rtt_max_us : 0;
        stats->rtt_max_us = 0;
        stats->turned_at = at;
    }
    stats->rtt_max_us = us > stats->rtt_max_us ? us : stats->rtt_max_us;
}

void link_stats_take(struct device_stats *stats, const struct link_result *result, us_t sent_at)
{
    stats->retries += sent_at != 0 && stats->failing_since != 0 ? 1 : 0;
    stats->outcomes = stats->outcomes << 1 | (result->is_answered ? 1 : 0);
    if (stats->outcome_count < LINK_STATS_OUTCOMES) {
        stats->outcome_count++;
    }
    if (result->is_answered) {
        stats->failing_since = 0;
        add_rtt(stats, result->at, result->rtt_us);
    } else {
        stats->failed_at = result->at;
        stats->failing_since = stats->failing_since == 0 ? result->at : stats->failing_since;
        stats->failed_reason = (uint8_t) result->reason;
        stats->failed_exception = result->exception;
    }
}

us_t link_stats_slowest(const struct device_stats *stats)
{
    uint32_t before = stats->rtt_max_before_us;
    return stats->rtt_max_us > before ? stats->rtt_max_us : before;
}

double link_stats_success(const struct device_stats *stats)
{
    double good = 0;
    for (uint64_t left = stats->outcomes; left != 0; left &= left - 1) {
        good++;
    }
    return stats->outcome_count == 0 ? -1 : good / stats->outcome_count;
}

void link_stats_busy(struct link_stats *stats, us_t sent_at, us_t now)
{
    stats->since = stats->since == 0 ? now : stats->since;
    stats->busy_us += sent_at == 0 ? 0 : now - sent_at;
    us_t span = now - stats->since;
    if (span >= LINK_STATS_SHARE_US) {
        double share = (double) stats->busy_us / (double) span;
        *stats =
            (struct link_stats){.since = now, .has_share = true, .share = share > 1 ? 1 : share};
    }
}

void link_stats_hear(struct last_bytes *stats, const uint8_t *bytes, size_t length)
{
    size_t kept = stats->length < LINK_STATS_BYTES_MAX ? stats->length : LINK_STATS_BYTES_MAX;
    size_t room = LINK_STATS_BYTES_MAX - kept;
    memcpy(stats->byte + kept, bytes, length < room ? length : room);
    size_t all = stats->length + length;
    stats->length = all < UINT16_MAX ? (uint16_t) all : UINT16_MAX;
}
