/* action.h - the actions of people on an incident: the arrows of incident.h with all their
 * consequences. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

struct action_actor {
    const char *id;      /* person or login */
    const char *name;    /* for people */
    const char *channel; /* "sms" "web" "cli" */
    const char *note;    /* may be "" */
};

/* False, and nothing changes, when the state machine does not allow it. MOVE_REINSPECT releases a
 * latch; it is refused while the alarm is raised. An incident whose rule or point the config no
 * longer has closes in any condition. No person reopens an incident: not with MOVE_REOPEN. */
bool action_perform(struct engine *engine, struct incident *incident, enum incident_move move,
                    const struct action_actor *actor);

/* Writes an entry of any kind and changes nothing. */
void action_record(struct engine *engine, const struct incident *incident, enum entry_kind kind,
                   const struct action_actor *actor);
