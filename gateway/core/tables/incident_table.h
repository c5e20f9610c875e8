/* incident_table.h - the incidents that the engine knows: all open ones, and closed ones while
 * there is room.
 *
 * INCIDENTS_MAX places. A new incident takes a free place, else that of the oldest closed one, else
 * there is none. Pointers stay valid until an incident is added. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/incident.h"

struct incident_table;

struct incident_table *incident_table_new(struct arena *arena);

/* An empty incident with the next id, or NULL when all places hold open ones. */
struct incident *incident_table_add(struct incident_table *incidents);

/* Adds a stored incident; ids in any order. NULL when there is no room. */
struct incident *incident_table_adopt(struct incident_table *incidents,
                                      const struct incident *incident);

/* Ids up to and with `last` are never given again. */
void incident_table_skip_ids(struct incident_table *incidents, int64_t last);

/* The incident with this id, or NULL; the second one also NULL when it is closed. No incident has
 * id 0. */
struct incident *incident_table_find(struct incident_table *incidents, int64_t id);
struct incident *incident_table_find_open(struct incident_table *incidents, int64_t id);

/* Is its condition other than normal? False when there is no such incident. */
bool incident_table_is_active(struct incident_table *incidents, int64_t id);

int32_t incident_table_count(const struct incident_table *incidents);

/* By rising id, position 0...count-1. */
struct incident *incident_table_at(struct incident_table *incidents, int32_t position);

/* Its place, 0...INCIDENTS_MAX-1, which it keeps; and the incident of a place. */
int32_t incident_table_place(const struct incident_table *incidents,
                             const struct incident *incident);
struct incident *incident_table_in_place(struct incident_table *incidents, int32_t place);
