#include "gateway/io/forward/batch_retry.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/mix.h"

enum batch_retry_class batch_retry_classify(int32_t status)
{
    if (status >= 200 && status <= 299) {
        return BATCH_RETRY_TAKEN;
    }
    if (status < 200 || status >= 500 || status == 408 || status == 425 || status == 429) {
        return BATCH_RETRY_LATER;
    }
    if (status == 413) {
        return BATCH_RETRY_TOO_LARGE;
    }
    bool is_content = status == 400 || status == 409 || status == 415 || status == 422;
    return is_content ? BATCH_RETRY_SUSPICIOUS : BATCH_RETRY_HELD;
}

struct batch_retry batch_retry_new(int32_t size_max, uint64_t seed)
{
    CHECK(size_max > 0);
    return (struct batch_retry){.size_max = size_max, .random = seed};
}

void batch_retry_begin(struct batch_retry *retry, int32_t count)
{
    CHECK(count > 0);
    *retry =
        (struct batch_retry){.count = count, .size_max = retry->size_max, .random = retry->random};
}

bool batch_retry_is_done(const struct batch_retry *retry)
{
    return retry->next == retry->count;
}

struct batch_retry_range batch_retry_part(const struct batch_retry *retry)
{
    struct batch_retry_range part = {retry->next, retry->count};
    int32_t bad = retry->bad_end - retry->next;
    if (retry->bad_end > 0) {
        part.to = bad == 1 ? retry->bad_end : retry->next + bad / 2;
    }
    if (part.to - part.from > retry->size_max) {
        part.to = part.from + retry->size_max;
    }
    return part;
}

static struct batch_retry_step on_later(struct batch_retry *retry, ms_t retry_after_ms)
{
    ms_t most = BATCH_RETRY_WAIT_MAX_MS;
    if (retry->attempts < 6) { /* 2^6 s is above the maximum */
        most = min_ms(most, (ms_t) BATCH_RETRY_WAIT_FIRST_MS << retry->attempts);
    }
    retry->attempts++;
    ms_t wait = (ms_t) (mix_64(retry->random) % (uint64_t) (most + 1));
    retry->random += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64: good enough for jitter */
    if (retry_after_ms > 0) {
        wait += min_ms(retry_after_ms, BATCH_RETRY_AFTER_MAX_MS);
    }
    return (struct batch_retry_step){.next = BATCH_RETRY_WAIT, .wait_ms = wait};
}

/* No line can mend a wrong set-up, so the batch is dropped here; its cursor has not moved. */
static struct batch_retry_step hold_batch(void)
{
    return (struct batch_retry_step){.next = BATCH_RETRY_HOLD, .wait_ms = BATCH_RETRY_HOLD_MS};
}

/* Lines put aside were refused with 500, and now the store takes others. Either they are bad, or
 * the store has only recovered: they get a second chance, and now a refusal counts. */
static struct batch_retry_step try_again(struct batch_retry *retry)
{
    retry->next -= retry->aside;
    retry->aside = 0;
    retry->bad_end = 0;
    return (struct batch_retry_step){.next = BATCH_RETRY_SEND};
}

static struct batch_retry_step on_taken(struct batch_retry *retry, struct batch_retry_range part)
{
    struct batch_retry_step step = {.next = BATCH_RETRY_SEND, .taken = part.to - part.from};
    retry->attempts = 0;
    retry->same_500 = 0;
    /* The store takes lines now, so the next refusals are about the lines and not about the
     * store. */
    retry->proof = BATCH_RETRY_ASIDE_MAX;
    if (retry->aside > 0 && retry->is_500) {
        return try_again(retry);
    }
    /* Lines put aside with 400: the server named none, but now it has taken the lines after
     * them. */
    step.refused = (struct batch_retry_range){part.from - retry->aside, part.from};
    bool had_aside = retry->aside > 0;
    retry->aside = 0;
    retry->next = part.to;
    if (retry->is_500 || retry->bad_end <= part.to) {
        retry->bad_end = 0; /* after a 500 the good half proves nothing about the other one */
    }
    /* The half before it is good and one line is left: it must be the bad one, no request is
     * needed. */
    if (retry->bad_end == part.to + 1 && !had_aside) {
        step.refused = (struct batch_retry_range){part.to, retry->bad_end};
        retry->next = retry->bad_end;
        retry->bad_end = 0;
    }
    return step;
}

static struct batch_retry_step give_up_part(struct batch_retry *retry,
                                            struct batch_retry_range part)
{
    struct batch_retry_step step = {.next = BATCH_RETRY_SEND,
                                    .refused = {part.from - retry->aside, part.to}};
    retry->aside = 0;
    retry->next = part.to;
    retry->bad_end = 0;
    retry->proof -= retry->proof > 0 ? 1 : 0;
    return step;
}

static struct batch_retry_step put_aside(struct batch_retry *retry, struct batch_retry_range part)
{
    retry->aside++;
    retry->next = part.to;
    retry->bad_end = 0;
    if (retry->aside < BATCH_RETRY_ASIDE_MAX && retry->next < retry->count) {
        return (struct batch_retry_step){.next = BATCH_RETRY_SEND};
    }
    /* Many in a row and none taken: perhaps the store refuses everything, so none is given up. */
    retry->next -= retry->aside;
    retry->aside = 0;
    return hold_batch();
}

/* InfluxDB 1.x says "partial write: ... dropped=N" when it has stored all but N; -1: it does not
 * say so. */
static int64_t dropped_count(const char *body)
{
    const char *word = strstr(body, "partial write") == NULL ? NULL : strstr(body, "dropped=");
    return word == NULL ? -1 : strtoll(word + strlen("dropped="), NULL, 10);
}

static bool names_a_line(const char *body)
{
    return strstr(body, "partial write") != NULL || strstr(body, "unable to parse") != NULL;
}

static struct batch_retry_step on_refused(struct batch_retry *retry, struct batch_retry_range part,
                                          const char *body)
{
    int32_t size = part.to - part.from;
    retry->is_searching = true;
    retry->same_500 = 0;
    /* The server has dropped every line of the part: halving it would find no good one. */
    if (dropped_count(body) == size && retry->aside == 0) {
        return give_up_part(retry, part);
    }
    if (size > 1) {
        retry->bad_end = part.to;
        return (struct batch_retry_step){.next = BATCH_RETRY_SEND};
    }
    if (retry->proof > 0 || (names_a_line(body) && retry->aside == 0)) {
        return give_up_part(retry, part);
    }
    return put_aside(retry, part);
}

/* InfluxDB also answers 500 to some bad lines. So a 500 is an outage at first. In the middle of a
 * search, or three times in a row for one part, it is a bad line. */
static bool is_outage(struct batch_retry *retry, int32_t status)
{
    if (status != 500) {
        return true;
    }
    retry->same_500++;
    retry->is_500 = retry->is_searching || retry->same_500 >= BATCH_RETRY_SAME_500_MAX;
    return !retry->is_500;
}

struct batch_retry_step batch_retry_answer(struct batch_retry *retry, int32_t status,
                                           const char *body, ms_t retry_after_ms)
{
    CHECK(!batch_retry_is_done(retry));
    struct batch_retry_range part = batch_retry_part(retry);
    int32_t size = part.to - part.from;
    switch (batch_retry_classify(status)) {
    case BATCH_RETRY_TAKEN:
        return on_taken(retry, part);
    case BATCH_RETRY_LATER:
        if (!is_outage(retry, status)) {
            return on_refused(retry, part, body);
        }
        return on_later(retry, retry_after_ms);
    case BATCH_RETRY_TOO_LARGE:
        if (size > 1) {
            /* A limit of the server, not of this batch: kept for the next ones. */
            retry->size_max = size / 2;
            return (struct batch_retry_step){.next = BATCH_RETRY_SEND};
        }
        return on_refused(retry, part, body);
    case BATCH_RETRY_SUSPICIOUS:
        retry->is_500 = false;
        return on_refused(retry, part, body);
    case BATCH_RETRY_HELD:
        break;
    }
    return hold_batch();
}
