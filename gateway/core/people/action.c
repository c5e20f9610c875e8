#include "gateway/core/people/action.h"

#include <assert.h>

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

/* What follows from the move; the last act is to store the incident. */
static void follow_move(struct engine *engine, struct incident *incident, enum incident_move move,
                        const struct action_actor *actor)
{
    bool is_measured = incident->judgement >= 0;
    switch (move) {
    case MOVE_ACKNOWLEDGE:
    case MOVE_RECTIFY:
    case MOVE_CLAIM_FALSE:
        if (is_measured) {
            judge_acknowledge(engine, incident->judgement);
        }
        if (move == MOVE_CLAIM_FALSE) {
            escalation_ask(engine, incident, actor->name);
        }
        break;
    case MOVE_REINSPECT:
        if (is_measured && judge_reset(engine, incident->judgement)) {
            condition_return(engine, incident->id);
            return;
        }
        break;
    case MOVE_CLOSE:
        release_owner(engine, incident);
        incident_codes_rest(engine->codes, incident->code, engine->now);
        break;
    case MOVE_ARRIVE:
    case MOVE_CONFIRM_FALSE:
    case MOVE_REOPEN:
        break;
    }
    escalation_commit(engine, incident);
}

bool action_perform(struct engine *engine, struct incident *incident, enum incident_move move,
                    const struct action_actor *actor)
{
    static const enum entry_kind entries[] = {[MOVE_ACKNOWLEDGE] = ENTRY_ACKED,
                                              [MOVE_ARRIVE] = ENTRY_ARRIVED,
                                              [MOVE_RECTIFY] = ENTRY_RECTIFIED,
                                              [MOVE_CLAIM_FALSE] = ENTRY_FALSE_CLAIM,
                                              [MOVE_CONFIRM_FALSE] = ENTRY_FALSE_CLAIM,
                                              [MOVE_REINSPECT] = ENTRY_REINSPECTED,
                                              [MOVE_CLOSE] = ENTRY_CLOSED};
    static_assert(MOVE_COUNT == 8, "a new move needs its entry here");
    CHECK(move != MOVE_REOPEN);
    bool is_measured = incident->judgement >= 0;
    if (move == MOVE_REINSPECT && is_measured &&
        alarm_is_raised(&engine->judgement[incident->judgement].alarm)) {
        return false;
    }
    bool is_orphan = !is_measured && !health_is_own_rule(incident->rule);
    if (move == MOVE_CLOSE && is_orphan && incident->state != INCIDENT_CLOSED) {
        incident->condition = CONDITION_NORMAL; /* no reading can end it any more */
    }
    if (!incident_move(incident, move, actor->id, engine->now)) {
        return false;
    }
    action_record(engine, incident, entries[move], actor);
    if (move != MOVE_ARRIVE) {
        escalation_answered(engine, incident); /* a person answers for it: the chain stops */
    }
    follow_move(engine, incident, move, actor);
    return true;
}
