/* condition.h - the condition side of an incident: raised, worse, normal again, data lost, data
 * back.
 *
 * One open incident for each (site, point, rule). Its owner, which is a judgement, a device or a
 * part of the gateway, keeps its id and passes it when it is raised again. Only a person closes an
 * incident. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

struct condition_opening {
    const char *rule;  /* id or RULE_* */
    const char *point; /* or the link's, store's id */
    int32_t site;      /* -1: of the gateway itself */
    int32_t judgement; /* -1: none */
    enum severity severity;
    const char *subject; /* what is wrong; of a judgement condition.c writes it */
    ms_t active_since;
};

/* Opens an incident, or raises the open incident `id` again. Returns its id; 0: no room for
 * another. */
int64_t condition_raise(struct engine *engine, int64_t id, const struct condition_opening *opening);

/* Normal again. */
void condition_return(struct engine *engine, int64_t id);

/* Its data is missing, or is there again; a normal condition stays. */
void condition_set_data(struct engine *engine, int64_t id, bool has_data);

/* Takes a value of its point. True when it is a new peak. */
bool condition_see_value(struct incident *incident, double value);
