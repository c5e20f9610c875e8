/* recent_incidents.h - copies of up to RECENT_INCIDENTS_MAX incidents, found by id or code.
 *
 * When there is no room the oldest closed one goes, and when none is closed the oldest one:
 * state.db still has it. An incident keeps its slot, a number below RECENT_INCIDENTS_MAX, as long
 * as it is here. */
#pragma once

#include "gateway/core/model/incident.h"

enum { RECENT_INCIDENTS_MAX = 1000, RECENT_INCIDENTS_NONE = -1 };

struct recent_incidents {
    int32_t count;
    struct incident *incident; /* by slot */
    int32_t *order;            /* slots by rising id */
};

/* No memory stops the process. */
void recent_incidents_open(struct recent_incidents *recent);
void recent_incidents_close(struct recent_incidents *recent);

/* Adds or replaces by id. Returns the slot. */
int32_t recent_incidents_put(struct recent_incidents *recent, const struct incident *incident);

/* The i-th newest by id, i below count. */
const struct incident *recent_incidents_newest(const struct recent_incidents *recent, int32_t i);

/* A slot, or RECENT_INCIDENTS_NONE. Of several with this code the newest open one, else the
 * newest. */
int32_t recent_incidents_find(const struct recent_incidents *recent, int64_t id);
int32_t recent_incidents_find_code(const struct recent_incidents *recent, const char *code);

/* True: one of this rule and point is not closed, and its condition is not normal. */
bool recent_incidents_is_raised(const struct recent_incidents *recent, const char *rule,
                                const char *point);
