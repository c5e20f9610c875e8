/* action.h - the actions of people on an incident: the arrows of incident.h with all their
 * consequences.
 *
 * Each returns false and changes nothing when the state machine does not allow it. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

struct action_actor {
    const char *id;      /* person or login */
    const char *name;    /* for people */
    const char *channel; /* "sms" "web" "cli" */
    const char *note;    /* may be "" */
};

bool action_acknowledge(struct engine *engine, struct incident *incident,
                        const struct action_actor *actor);
bool action_arrive(struct engine *engine, struct incident *incident,
                   const struct action_actor *actor);
bool action_rectify(struct engine *engine, struct incident *incident,
                    const struct action_actor *actor);
bool action_claim_false(struct engine *engine, struct incident *incident,
                        const struct action_actor *actor);

/* A person of a higher level agrees that it was a false alarm: it waits for its closing. */
bool action_confirm_false(struct engine *engine, struct incident *incident,
                          const struct action_actor *actor);

/* Passed: REINSPECT and FALSE_CLAIM only. Releases a latch; false also while the alarm is
 * raised. */
bool action_reinspect(struct engine *engine, struct incident *incident,
                      const struct action_actor *actor);

/* An incident whose rule or point the config no longer has closes in any condition. */
bool action_close(struct engine *engine, struct incident *incident,
                  const struct action_actor *actor);

/* Writes an entry of any kind and changes nothing. */
void action_record(struct engine *engine, const struct incident *incident, enum entry_kind kind,
                   const struct action_actor *actor);
