/* incident_codes.h - the short numbers of incidents in messages and answers: 7382.
 *
 * Four digits. The last is a Damm check digit over the others, so that one wrong digit or two
 * swapped digits never name another incident. The first digit is not 0. A code is unique among open
 * incidents and is not given again for 30 days afterwards. When all 900 are taken, five digits are
 * used (9,000 more); then the one that is free for the longest time. It depends on the incident's
 * id: the same history gives the same codes. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/incident.h"

#define INCIDENT_CODES_REST_MS (30 * MS_PER_DAY)

struct incident_codes;

struct incident_codes *incident_codes_new(struct arena *arena);

/* Gives the incident a code. */
void incident_codes_give(struct incident_codes *codes, int64_t incident, ms_t now,
                         char ret_code[static CODE_MAX]);

/* The code belongs to an open incident; or it did, until `at`. */
void incident_codes_hold(struct incident_codes *codes, const char *code, int64_t incident);
void incident_codes_rest(struct incident_codes *codes, const char *code, ms_t at);

/* The incident that has, or last had, this code; 0: none, or no code at all. */
int64_t incident_codes_find(const struct incident_codes *codes, const char *code);
