/* places.h - the town of the simulator: three grids, one of them without people on duty, two people
 * with one phone, eight devices on two buses, and a rule of every kind. */
#pragma once

#include "tests/scenarios/player/town.h"

enum { DEVICES = 8, PEOPLE = 7, ROUND_MS = 20000 };

/* Odd seeds settle for a minute; every second pair waits for groups. */
struct town *places_build(uint64_t seed);
