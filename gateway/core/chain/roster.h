/* roster.h - which people answer for an incident: its chain, copied when it opens.
 *
 * The chain of a site is its contacts (level -1) and the people on duty in its area and all areas
 * above. People who share a phone count as one: a step sends one message to a phone. */
#pragma once

#include "gateway/core/model/incident.h"

enum { LEVEL_CONTACT = -1 };

/* Fills the members: contacts of `site`, then duty of its area and the parents, lowest first. A
 * site of -1 is the gateway itself: the people on duty in the topmost area, if there is one. */
void roster_fill(const struct policy *policy, int32_t site, struct incident *incident);

/* The lowest level above `level` that has people, or -1. */
int32_t roster_next_level(const struct incident *incident, int32_t level);

/* The highest level with people up to and with `tell`; else the lowest level with people; -1:
 * none. */
int32_t roster_first_level(const struct incident *incident, int32_t tell);

/* Marks one member for each phone among those of levels low...high (contacts are LEVEL_CONTACT),
 * that of the highest level. Returns how many. */
int32_t roster_mark(const struct incident *incident, int32_t low, int32_t high,
                    bool marks[static CHAIN_MAX]);

/* Takes the marks off phones that also stand in `others`. */
void roster_unmark(const struct incident *incident, const bool others[static CHAIN_MAX],
                   bool marks[static CHAIN_MAX]);

/* The first member with this phone at or above `level`, or -1. */
int32_t roster_find_phone(const struct incident *incident, const char *phone, int32_t level);

/* The first member with this id, or -1. */
int32_t roster_find_id(const struct incident *incident, const char *id);

/* The highest level of the person with this id; LEVEL_CONTACT: none. */
int8_t roster_level_of(const struct incident *incident, const char *id);

/* The people with this phone, each once, since one may be contact and on duty: the first member
 * behind `after` (-1: of all), or -1. */
int32_t roster_next_with_phone(const struct incident *incident, const char *phone, int32_t after);

/* What members with this phone have got: a call; the recovery, and no call since. True when that
 * changes one of them. */
enum roster_flag { ROSTER_TOLD, ROSTER_KNOWS_RECOVERY };
bool roster_set_flag(struct incident *incident, const char *phone, enum roster_flag flag,
                     bool value);

/* Takes the marks off members who were never called, or know of the recovery. */
void roster_unmark_untold(const struct incident *incident, bool marks[static CHAIN_MAX]);

/* Finds the people of a stored incident in the policy. */
void roster_adopt(const struct policy *policy, struct incident *incident);

enum { WHO_MAX = 160 };

/* All of a level who share a phone: 王某、李某. */
void roster_names(const struct incident *incident, int32_t level, const char *phone,
                  char names[static WHO_MAX]);

/* 网格王某等2人: the people of a level, for messages. */
void roster_who(const struct policy *policy, const struct incident *incident, int32_t level,
                char who[static WHO_MAX]);

/* 网格, or empty for a level that the policy does not have. */
const char *roster_level_name(const struct policy *policy, int32_t level);
