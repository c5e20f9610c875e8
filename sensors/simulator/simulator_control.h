/* simulator_control.h - carries out one command on the plan of a simulation. Pure. */
#pragma once

#include "gateway/base/text.h"
#include "sensors/simulator/simulator_plan.h"

/* Adds "ok" or "error: sentence" to `answer`. True: the command was quit. */
bool sim_control_obey(struct sim_plan *plan, const char *command, struct text *answer);
