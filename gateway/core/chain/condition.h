/* condition.h - the condition side of an incident: raised, worse, back to normal, data lost, data back.
 *
 * One open incident for each (site, point, rule): the owner (a judgement, a device, a part of the house) remembers
 * its id and hands it in when it is raised again. Nothing here ever closes an incident; that is a person's. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

struct condition_opening {
    const char *rule;  /* id or RULE_* */
    const char *point; /* or the link's, store's id */
    int32_t site;      /* -1: the house's own */
    int32_t area;      /* whose people answer; -1: nobody */
    int32_t judgement; /* -1: none */
    enum severity severity;
    const char *place;
    const char *subject; /* of a judgement it is written here */
    ms_t active_since;
};

/* Raises: opens an incident, or adds to the open one `id`. Returns its id, 0 when there is no room for another. */
int64_t condition_raise(struct engine *engine, int64_t id, const struct condition_opening *opening);

/* Normal again. */
void condition_return(struct engine *engine, int64_t id);

/* Its data is missing, or is there again; a normal condition stays. */
void condition_set_data(struct engine *engine, int64_t id, bool has_data);

/* A value of its point came in: keeps the peak. True when it is a new one. */
bool condition_see_value(struct incident *incident, double value);
