#include "gateway/cli/scan/scan_identify.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/cli/scan/scan_ask.h"

enum { KNOWN_MAX = 128, EXCEPTION_FUNCTION = 1 };

/* The answer of the unit to one block; models share blocks. */
struct known {
    uint8_t function;
    uint16_t address, count;
    struct model_match_answer answer;
};

struct identity {
    struct scan *scan;
    struct scan_hit *hit;
    int32_t count;
    struct known known[KNOWN_MAX];
    bool is_lost; /* stopped, or the connection is gone */
};

static const struct known *find_known(const struct identity *identity,
                                      const struct profile_read *read)
{
    for (int32_t i = 0; i < identity->count; i++) {
        const struct known *known = &identity->known[i];
        bool is_same = known->function == read->function && known->address == read->address &&
                       known->count == read->count;
        /* An unknown function is refused at every address. */
        bool is_refused = known->function == read->function &&
                          known->answer.said == MODEL_MATCH_REFUSED &&
                          known->answer.exception == EXCEPTION_FUNCTION;
        if (is_same || is_refused) {
            return known;
        }
    }
    return NULL;
}

static struct model_match_answer to_fit(struct arena *arena, const struct probe_answer *answer,
                                        uint16_t count)
{
    struct model_match_answer said = {.said = MODEL_MATCH_SILENT};
    if (answer->outcome == PROBE_REPLY) {
        uint16_t *words = arena_take(arena, count, sizeof *words);
        memcpy(words, answer->words, count * sizeof *words);
        said = (struct model_match_answer){.said = MODEL_MATCH_WORDS, .words = words};
    } else if (answer->outcome == PROBE_EXCEPTION) {
        said = (struct model_match_answer){.said = MODEL_MATCH_REFUSED,
                                           .exception = answer->exception};
    }
    return said;
}

static us_t timeout_of(const struct identity *identity, const struct profile *profile,
                       const struct profile_read *read)
{
    const struct scan *scan = identity->scan;
    int32_t own_ms = read->timeout_ms > 0 ? read->timeout_ms : profile->timeout_ms;
    us_t own = US_PER_MS * (us_t) (own_ms + scan->target->link.latency_ms);
    us_t asked = scan->plan.timeout * (identity->hit->is_late ? SCAN_LATE_FACTOR : 1);
    return own > asked ? own : asked;
}

static struct model_match_answer ask_profile_block(struct identity *identity,
                                                   const struct profile *profile,
                                                   const struct profile_read *read)
{
    const struct known *known = find_known(identity, read);
    if (known != NULL) {
        return known->answer;
    }
    struct scan *scan = identity->scan;
    const struct frame_request request = {.unit = identity->hit->unit,
                                          .function = read->function,
                                          .address = read->address,
                                          .count = read->count};
    struct probe_answer answer;
    struct error error; /* the search runs into it again and reports it */
    scan->on_progress(scan->context, scan);
    identity->is_lost =
        !scan_ask(scan, &request, timeout_of(identity, profile, read), &answer, &error) ||
        scan->is_stopped;
    if (identity->is_lost) {
        return (struct model_match_answer){.said = MODEL_MATCH_SILENT};
    }
    struct model_match_answer said = to_fit(scan->arena, &answer, read->count);
    if (identity->count < KNOWN_MAX) {
        identity->known[identity->count++] =
            (struct known){read->function, read->address, read->count, said};
    }
    return said;
}

static void try_profile(struct identity *identity, const struct profile *profile)
{
    struct scan_hit *hit = identity->hit;
    struct model_match_answer answers[PROFILE_READS_MAX];
    for (int32_t i = 0; i < profile->read_count && !identity->is_lost; i++) {
        answers[i] = ask_profile_block(identity, profile, &profile->read[i]);
    }
    if (identity->is_lost) {
        return;
    }
    const struct model_match_line line = {hit->line.baud, hit->line.parity};
    struct model_match *fit = &hit->fit[hit->fit_count];
    model_match_judge(profile, answers, &line, fit);
    bool is_possible = fit->score > 0;
    hit->fit_count += is_possible ? 1 : 0;
    hit->ruled_out += is_possible ? 0 : 1;
}

void scan_identify(struct scan *scan, struct scan_hit *hit)
{
    const struct target *target = scan->target;
    struct identity *identity = arena_take(scan->arena, 1, sizeof *identity);
    identity->scan = scan;
    identity->hit = hit;
    hit->fit = arena_take(scan->arena, (size_t) target->profile_count, sizeof *hit->fit);
    scan->identifying = hit->unit;
    for (int32_t i = 0; i < target->profile_count && !identity->is_lost; i++) {
        try_profile(identity, target->profile[i]);
    }
    scan->identifying = 0;
    if (hit->fit_count > 0) {
        qsort(hit->fit, (size_t) hit->fit_count, sizeof *hit->fit, model_match_compare);
    }
}
