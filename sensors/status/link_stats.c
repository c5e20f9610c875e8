#include "sensors/status/link_stats.h"

#include <string.h>

#include "gateway/base/check.h"

static uint32_t clip(us_t span)
{
    return span < 0 ? 0 : span > UINT32_MAX ? UINT32_MAX : (uint32_t) span;
}

static void take_rtt(struct tally_device *tally, us_t at, us_t rtt)
{
    uint32_t us = clip(rtt);
    uint32_t mean = tally->rtt_mean_us;
    tally->rtt_mean_us = mean == 0 ? us : (uint32_t) (((uint64_t) mean * 7 + us) / 8);
    us_t age = at - tally->turned_at;
    if (age >= TALLY_SLOWEST_US) {
        tally->rtt_max_before_us = age < 2 * TALLY_SLOWEST_US ? tally->rtt_max_us : 0;
        tally->rtt_max_us = 0;
        tally->turned_at = at;
    }
    tally->rtt_max_us = us > tally->rtt_max_us ? us : tally->rtt_max_us;
}

static void take_failure(struct tally_device *tally, const struct link_result *result)
{
    tally->failed_at = result->at;
    tally->failing_since = tally->failing_since == 0 ? result->at : tally->failing_since;
    tally->failed_reason = (uint8_t) result->reason;
    tally->failed_exception = result->exception;
}

void tally_take(struct tally_device *tally, const struct link_result *result, us_t sent_at)
{
    tally->retries += sent_at != 0 && tally->failing_since != 0 ? 1 : 0;
    tally->outcomes = tally->outcomes << 1 | (result->is_answered ? 1 : 0);
    if (tally->outcome_count < TALLY_OUTCOMES) {
        tally->outcome_count++;
    }
    if (result->is_answered) {
        tally->failing_since = 0;
        take_rtt(tally, result->at, result->rtt_us);
    } else {
        take_failure(tally, result);
    }
}

us_t tally_slowest(const struct tally_device *tally)
{
    uint32_t before = tally->rtt_max_before_us;
    return tally->rtt_max_us > before ? tally->rtt_max_us : before;
}

double tally_success(const struct tally_device *tally)
{
    double good = 0;
    for (uint64_t left = tally->outcomes; left != 0; left &= left - 1) {
        good++;
    }
    return tally->outcome_count == 0 ? -1 : good / tally->outcome_count;
}

void tally_busy(struct tally_link *tally, us_t sent_at, us_t now)
{
    tally->since = tally->since == 0 ? now : tally->since;
    tally->busy_us += sent_at == 0 ? 0 : now - sent_at;
    us_t span = now - tally->since;
    if (span >= TALLY_SHARE_US) {
        double share = (double) tally->busy_us / (double) span;
        *tally =
            (struct tally_link){.since = now, .has_share = true, .share = share > 1 ? 1 : share};
    }
}

void tally_hear(struct tally_bytes *tally, const uint8_t *bytes, size_t length)
{
    size_t kept = tally->length < TALLY_BYTES_MAX ? tally->length : TALLY_BYTES_MAX;
    size_t room = TALLY_BYTES_MAX - kept;
    memcpy(tally->byte + kept, bytes, length < room ? length : room);
    size_t all = tally->length + length;
    tally->length = all < UINT16_MAX ? (uint16_t) all : UINT16_MAX;
}
