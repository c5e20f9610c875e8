#include "tests/scenarios/player/same_effect.h"

#include <string.h>

static bool is_same_incident(const struct incident *a, const struct incident *b)
{
    bool is_same = a->id == b->id && a->state == b->state && a->condition == b->condition &&
                   a->severity == b->severity && a->level == b->level &&
                   a->escalate_at == b->escalate_at && a->repeat_at == b->repeat_at &&
                   a->opened_at == b->opened_at && a->active_since == b->active_since &&
                   a->cleared_at == b->cleared_at && a->raised_count == b->raised_count &&
                   a->member_count == b->member_count && strcmp(a->code, b->code) == 0 &&
                   strcmp(a->rule, b->rule) == 0 && strcmp(a->point, b->point) == 0 &&
                   !(a->peak_value < b->peak_value) && !(a->peak_value > b->peak_value);
    for (int32_t i = 0; is_same && i < a->member_count; i++) {
        is_same = a->member[i].was_told == b->member[i].was_told &&
                  strcmp(a->member[i].id, b->member[i].id) == 0;
    }
    return is_same;
}

static bool is_same_alarm(const struct effect_alarm *a, const struct effect_alarm *b)
{
    return strcmp(a->rule, b->rule) == 0 && strcmp(a->point, b->point) == 0 &&
           a->state == b->state && a->condition == b->condition &&
           a->pending_since == b->pending_since && a->clearing_since == b->clearing_since &&
           a->active_since == b->active_since && a->incident == b->incident;
}

static bool is_same_entry(const struct effect_entry *a, const struct effect_entry *b)
{
    return a->incident == b->incident && a->kind == b->kind && a->at == b->at &&
           a->level == b->level && strcmp(a->text, b->text) == 0 && strcmp(a->to, b->to) == 0 &&
           strcmp(a->actor, b->actor) == 0;
}

bool same_effect_is(const struct effect *a, const struct effect *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case EFFECT_INCIDENT:
        return is_same_incident(a->incident, b->incident);
    case EFFECT_ENTRY:
        return is_same_entry(&a->entry, &b->entry);
    case EFFECT_ALARM:
        return is_same_alarm(&a->alarm, &b->alarm);
    case EFFECT_MESSAGE:
        return a->message.id == b->message.id && a->message.kind == b->message.kind &&
               strcmp(a->message.phone, b->message.phone) == 0 &&
               strcmp(a->message.text, b->message.text) == 0;
    case EFFECT_CANCEL:
        return a->cancel == b->cancel;
    case EFFECT_SETTLED:
        return a->settled.message == b->settled.message && a->settled.outcome == b->settled.outcome;
    case EFFECT_REPLY:
        return strcmp(a->reply.key, b->reply.key) == 0;
    case EFFECT_ANSWER:
        return a->answer.is_ok == b->answer.is_ok && strcmp(a->answer.text, b->answer.text) == 0;
    case EFFECT_NOTE:
        return strcmp(a->note.text, b->note.text) == 0;
    case EFFECT_OUTPUT:
        return a->output.output == b->output.output && a->output.is_on == b->output.is_on;
    case EFFECT_HEALTH:
        return a->health.is_ok == b->health.is_ok && strcmp(a->health.id, b->health.id) == 0 &&
               strcmp(a->health.text, b->health.text) == 0;
    case EFFECT_MAINTENANCE:
        return strcmp(a->maintenance.device, b->maintenance.device) == 0 &&
               a->maintenance.until == b->maintenance.until;
    }
    return false;
}
