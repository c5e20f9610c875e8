#include "gateway/io/forward/batch_retry.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"

enum delivery_class delivery_classify(int32_t status)
{
    if (status >= 200 && status <= 299) {
        return DELIVERY_TAKEN;
    }
    if (status < 200 || status >= 500 || status == 408 || status == 425 || status == 429) {
        return DELIVERY_LATER;
    }
    if (status == 413) {
        return DELIVERY_TOO_LARGE;
    }
    bool is_content = status == 400 || status == 409 || status == 415 || status == 422;
    return is_content ? DELIVERY_SUSPICIOUS : DELIVERY_HELD;
}

struct delivery delivery_new(int32_t size_max, uint64_t seed)
{
    CHECK(size_max > 0);
    return (struct delivery){.size_max = size_max, .random = seed};
}

void delivery_begin(struct delivery *delivery, int32_t count)
{
    CHECK(count > 0);
    *delivery = (struct delivery){
        .count = count, .size_max = delivery->size_max, .random = delivery->random};
}

bool delivery_is_done(const struct delivery *delivery)
{
    return delivery->next == delivery->count;
}

struct delivery_range delivery_part(const struct delivery *delivery)
{
    struct delivery_range part = {delivery->next, delivery->count};
    int32_t bad = delivery->bad_end - delivery->next;
    if (delivery->bad_end > 0) {
        part.to = bad == 1 ? delivery->bad_end : delivery->next + bad / 2;
    }
    if (part.to - part.from > delivery->size_max) {
        part.to = part.from + delivery->size_max;
    }
    return part;
}

/* splitmix64 (Steele, Lea, Flood 2014): small, seedable, good enough for jitter. */
static uint64_t next_random(uint64_t *random)
{
    *random += 0x9E3779B97F4A7C15U;
    uint64_t mixed = *random;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31;
}

static struct delivery_step on_later(struct delivery *delivery, ms_t retry_after_ms)
{
    ms_t most = DELIVERY_WAIT_MAX_MS;
    if (delivery->attempts < 6) { /* 2^6 s is more than the most */
        most = min_ms(most, (ms_t) DELIVERY_WAIT_FIRST_MS << delivery->attempts);
    }
    delivery->attempts++;
    ms_t wait = (ms_t) (next_random(&delivery->random) % (uint64_t) (most + 1));
    if (retry_after_ms > 0) {
        wait += min_ms(retry_after_ms, DELIVERY_RETRY_MAX_MS);
    }
    return (struct delivery_step){.next = DELIVERY_WAIT, .wait_ms = wait};
}

static struct delivery_step hold(void)
{
    return (struct delivery_step){.next = DELIVERY_HOLD, .wait_ms = DELIVERY_HOLD_MS};
}

/* Lines put aside were refused with 500, and now the store takes others: perhaps they are bad, perhaps it has only
 * recovered. They get a second chance, and this time a refusal counts. */
static struct delivery_step try_again(struct delivery *delivery)
{
    delivery->next -= delivery->aside;
    delivery->aside = 0;
    delivery->bad_end = 0;
    return (struct delivery_step){.next = DELIVERY_SEND};
}

static struct delivery_step on_taken(struct delivery *delivery, struct delivery_range part)
{
    struct delivery_step step = {.next = DELIVERY_SEND, .taken = part.to - part.from};
    delivery->attempts = 0;
    delivery->same_500 = 0;
    delivery->proof = DELIVERY_ASIDE_MAX;
    if (delivery->aside > 0 && delivery->is_500) {
        return try_again(delivery);
    }
    step.refused = (struct delivery_range){part.from - delivery->aside, part.from};
    bool had_aside = delivery->aside > 0;
    delivery->aside = 0;
    delivery->next = part.to;
    if (delivery->is_500 || delivery->bad_end <= part.to) {
        delivery->bad_end = 0; /* after a 500 nothing follows about the other half */
    }
    if (delivery->bad_end == part.to + 1 && !had_aside) {
        step.refused = (struct delivery_range){part.to, delivery->bad_end};
        delivery->next = delivery->bad_end;
        delivery->bad_end = 0;
    }
    return step;
}

static struct delivery_step give_up(struct delivery *delivery, struct delivery_range part)
{
    struct delivery_step step = {.next = DELIVERY_SEND,
                                 .refused = {part.from - delivery->aside, part.to}};
    delivery->aside = 0;
    delivery->next = part.to;
    delivery->bad_end = 0;
    delivery->proof -= delivery->proof > 0 ? 1 : 0;
    return step;
}

static struct delivery_step put_aside(struct delivery *delivery, struct delivery_range part)
{
    delivery->aside++;
    delivery->next = part.to;
    delivery->bad_end = 0;
    if (delivery->aside < DELIVERY_ASIDE_MAX && delivery->next < delivery->count) {
        return (struct delivery_step){.next = DELIVERY_SEND};
    }
    delivery->next -= delivery->aside;
    delivery->aside = 0;
    return hold();
}

/* InfluxDB 1.x says "partial write: ... dropped=N" when it has stored all but N; -1: it does not say so. */
static int64_t dropped_count(const char *body)
{
    const char *word = strstr(body, "partial write") == NULL ? NULL : strstr(body, "dropped=");
    return word == NULL ? -1 : strtoll(word + strlen("dropped="), NULL, 10);
}

static bool names_a_line(const char *body)
{
    return strstr(body, "partial write") != NULL || strstr(body, "unable to parse") != NULL;
}

static struct delivery_step on_refused(struct delivery *delivery, struct delivery_range part,
                                       const char *body)
{
    int32_t size = part.to - part.from;
    delivery->is_searching = true;
    delivery->same_500 = 0;
    if (dropped_count(body) == size && delivery->aside == 0) {
        return give_up(delivery, part);
    }
    if (size > 1) {
        delivery->bad_end = part.to;
        return (struct delivery_step){.next = DELIVERY_SEND};
    }
    if (delivery->proof > 0 || (names_a_line(body) && delivery->aside == 0)) {
        return give_up(delivery, part);
    }
    return put_aside(delivery, part);
}

static bool is_outage(struct delivery *delivery, int32_t status)
{
    if (status != 500) {
        return true;
    }
    delivery->same_500++;
    delivery->is_500 = delivery->is_searching || delivery->same_500 >= DELIVERY_SAME_500_MAX;
    return !delivery->is_500;
}

struct delivery_step delivery_answer(struct delivery *delivery, int32_t status, const char *body,
                                     ms_t retry_after_ms)
{
    CHECK(!delivery_is_done(delivery));
    struct delivery_range part = delivery_part(delivery);
    int32_t size = part.to - part.from;
    switch (delivery_classify(status)) {
    case DELIVERY_TAKEN:
        return on_taken(delivery, part);
    case DELIVERY_LATER:
        if (!is_outage(delivery, status)) {
            return on_refused(delivery, part, body);
        }
        return on_later(delivery, retry_after_ms);
    case DELIVERY_TOO_LARGE:
        if (size > 1) {
            delivery->size_max = size / 2;
            return (struct delivery_step){.next = DELIVERY_SEND};
        }
        return on_refused(delivery, part, body);
    case DELIVERY_SUSPICIOUS:
        delivery->is_500 = false;
        return on_refused(delivery, part, body);
    case DELIVERY_HELD:
        break;
    }
    return hold();
}
