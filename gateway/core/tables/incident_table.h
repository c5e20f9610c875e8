/* incident_table.h - the incidents that the engine knows: all open ones and as many closed ones as have room.
 *
 * INCIDENTS_MAX places. A new incident takes a free place or that of the oldest closed one; when all are open there
 * is none. Pointers stay good until an incident is added. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/incident.h"

struct ledger;

struct ledger *ledger_new(struct arena *arena);

/* An empty incident with the next id, or NULL when all places hold open ones. */
struct incident *ledger_add(struct ledger *ledger);

/* Takes in one that was stored; ids in any order. NULL when there is no room. */
struct incident *ledger_adopt(struct ledger *ledger, const struct incident *incident);

/* Ids up to and with `last` are never given again. */
void ledger_skip_ids(struct ledger *ledger, int64_t last);

struct incident *ledger_find(struct ledger *ledger, int64_t id); /* or NULL */
int32_t ledger_count(const struct ledger *ledger);
struct incident *ledger_at(struct ledger *ledger, int32_t position); /* by rising id */

/* Its place, 0...INCIDENTS_MAX-1, which it keeps; and what lies there. */
int32_t ledger_place(const struct ledger *ledger, const struct incident *incident);
struct incident *ledger_in_place(struct ledger *ledger, int32_t place);
