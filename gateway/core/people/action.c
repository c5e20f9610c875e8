#include "gateway/core/people/action.h"

#include "gateway/base/text.h"
#include "gateway/core/chain/condition.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/detect/health.h"
#include "gateway/core/detect/judge.h"
#include "gateway/core/detect/silence.h"

void action_record(struct engine *engine, const struct incident *incident, enum entry_kind kind,
                   const struct action_actor *actor)
{
    struct effect_entry *entry = engine_entry(engine, incident, kind, "%s", actor->note);
    text_copy(entry->actor, sizeof entry->actor, actor->id);
    text_copy(entry->channel, sizeof entry->channel, actor->channel);
}

/* A person answers for the incident from now on: the chain stops. */
static void take_over(struct engine *engine, struct incident *incident, enum entry_kind kind,
                      const struct action_actor *actor)
{
    action_record(engine, incident, kind, actor);
    escalation_answered(engine, incident);
    if (incident->judgement >= 0) {
        judge_acknowledge(engine, incident->judgement);
    }
}

bool action_acknowledge(struct engine *engine, struct incident *incident,
                        const struct action_actor *actor)
{
    if (!incident_acknowledge(incident, actor->id, engine->now)) {
        return false;
    }
    take_over(engine, incident, ENTRY_ACKED, actor);
    escalation_commit(engine, incident);
    return true;
}

bool action_arrive(struct engine *engine, struct incident *incident,
                   const struct action_actor *actor)
{
    if (!incident_arrive(incident)) {
        return false;
    }
    action_record(engine, incident, ENTRY_ARRIVED, actor);
    escalation_commit(engine, incident);
    return true;
}

bool action_rectify(struct engine *engine, struct incident *incident,
                    const struct action_actor *actor)
{
    if (!incident_rectify(incident, actor->id, engine->now)) {
        return false;
    }
    take_over(engine, incident, ENTRY_RECTIFIED, actor);
    escalation_commit(engine, incident);
    return true;
}

bool action_claim_false(struct engine *engine, struct incident *incident,
                        const struct action_actor *actor)
{
    if (!incident_claim_false(incident, actor->id, engine->now)) {
        return false;
    }
    take_over(engine, incident, ENTRY_FALSE_CLAIM, actor);
    escalation_ask(engine, incident, actor->name);
    escalation_commit(engine, incident);
    return true;
}

bool action_confirm_false(struct engine *engine, struct incident *incident,
                          const struct action_actor *actor)
{
    if (incident->state != INCIDENT_FALSE_CLAIM) {
        return false;
    }
    action_record(engine, incident, ENTRY_FALSE_CLAIM, actor);
    escalation_answered(engine, incident);
    escalation_commit(engine, incident);
    return true;
}

bool action_reinspect(struct engine *engine, struct incident *incident,
                      const struct action_actor *actor)
{
    bool is_time = incident->state == INCIDENT_REINSPECT || incident->state == INCIDENT_FALSE_CLAIM;
    if (!is_time) {
        return false;
    }
    bool is_measured = incident->judgement >= 0;
    if (is_measured && alarm_is_raised(&engine->judgement[incident->judgement].alarm)) {
        return false;
    }
    action_record(engine, incident, ENTRY_REINSPECTED, actor);
    escalation_answered(engine, incident);
    if (is_measured && judge_reset(engine, incident->judgement)) {
        condition_return(engine, incident->id);
    } else {
        escalation_commit(engine, incident);
    }
    return true;
}

/* The owner forgets the incident: the next time opens another one. */
static void release_owner(struct engine *engine, const struct incident *incident)
{
    if (incident->judgement >= 0) {
        judge_release(engine, incident);
    } else {
        silence_release(engine, incident->id);
        health_release(engine, incident->id);
    }
}

bool action_close(struct engine *engine, struct incident *incident,
                  const struct action_actor *actor)
{
    bool is_orphan = incident->judgement < 0 && !health_is_own_rule(incident->rule);
    if (is_orphan && incident->state != INCIDENT_CLOSED) {
        incident->condition = CONDITION_NORMAL;
    }
    if (!incident_close(incident, engine->now)) {
        return false;
    }
    action_record(engine, incident, ENTRY_CLOSED, actor);
    escalation_answered(engine, incident);
    release_owner(engine, incident);
    incident_codes_rest(engine->codes, incident->code, engine->now);
    escalation_commit(engine, incident);
    return true;
}
