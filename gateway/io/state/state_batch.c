/* Copies the stored effects of one engine step into one block of memory. */
#include <stdlib.h>
#include <string.h>

#include "gateway/io/state/state_parts.h"

static ms_t incident_stamp(const struct incident *incident)
{
    ms_t at = max_ms(incident->opened_at, incident->acked_at);
    at = max_ms(at, max_ms(incident->cleared_at, incident->closed_at));
    return max_ms(at, incident->active_since);
}

/* The latest time in the effect, 0: it has none. */
static ms_t effect_stamp(const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
        return incident_stamp(effect->incident);
    case EFFECT_ENTRY:
        return effect->entry.at;
    case EFFECT_MESSAGE:
        return effect->message.at;
    case EFFECT_SETTLED:
        return effect->settled.at;
    case EFFECT_REPLY:
        return effect->reply.at;
    case EFFECT_MAINTENANCE:
        return effect->maintenance.since;
    case EFFECT_ALARM:
    case EFFECT_CANCEL:
    case EFFECT_ANSWER:
    case EFFECT_NOTE:
    case EFFECT_OUTPUT:
    case EFFECT_HEALTH:
        break;
    }
    return 0;
}

/* One block for the batch, its effects and its copies of incidents: one malloc a step and one
 * free. */
static size_t measure_batch(const struct effects *effects, int32_t *ret_count)
{
    size_t bytes = sizeof(struct state_batch);
    *ret_count = 0;
    for (int32_t i = 0; i < effects->count; i++) {
        if (effect_is_stored(&effects->item[i])) {
            bool is_incident = effects->item[i].kind == EFFECT_INCIDENT;
            bytes += sizeof(struct effect) + (is_incident ? sizeof(struct incident) : 0);
            ++*ret_count;
        }
    }
    return bytes;
}

struct state_batch *state_batch_new(int64_t n, const struct effects *effects, int32_t *ret_count)
{
    size_t bytes = measure_batch(effects, ret_count);
    struct state_batch *batch = *ret_count > 0 ? malloc(bytes) : NULL;
    if (batch == NULL) {
        return NULL;
    }
    *batch = (struct state_batch){.n = n, .bytes = bytes, .effect = (struct effect *) (batch + 1)};
    /* Behind the effects; both have the alignment of int64_t. */
    struct incident *copy = (struct incident *) (batch->effect + *ret_count);
    for (int32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->item[i];
        if (!effect_is_stored(effect)) {
            continue;
        }
        struct effect *stored = &batch->effect[batch->count++];
        *stored = *effect;
        if (effect->kind == EFFECT_INCIDENT) {
            *copy = *effect->incident; /* the engine may reuse its own with the next step */
            stored->incident = copy++;
        }
        batch->at = max_ms(batch->at, effect_stamp(stored));
    }
    return batch;
}
