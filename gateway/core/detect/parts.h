/* parts.h - the parts of the gateway that may fail: links, stores, disks, the SMS path, outputs.
 *
 * The links of the policy's devices come first, by rising id; other parts are added with their
 * first report. There is room for PARTS_SPARE parts that the policy does not name. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

enum { PART_TEXT_MAX = 160 }; /* bytes */

struct part_memory {
    enum health_part part;
    char id[ID_MAX];
    bool is_bad, may_pass;
    ms_t since; /* of this state, 0: no report yet */
    int64_t incident;
};

struct parts {
    int32_t count, link_count;
    struct part_memory *item;
    /* The last report of a fault. Apart from `item`: for thousands of good links it is never
     * touched. */
    char (*text)[PART_TEXT_MAX];
    struct index on_link; /* devices by link */
};

void parts_build(struct engine *engine, struct arena *arena);

/* The index of the part, which is added when there is room; -1: no room. */
int32_t parts_find(struct engine *engine, enum health_part kind, const char *id);
