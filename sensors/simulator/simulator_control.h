/* simulator_control.h - one command to the simulator, on its plan. Pure. */
#pragma once

#include "gateway/base/text.h"
#include "sensors/simulator/simulator_plan.h"

/* Obeys `command` and adds "ok" or "error: sentence" to `answer`. True when it was quit. */
bool sim_control_obey(struct sim_plan *plan, const char *command, struct text *answer);

/* The line of that id or number, or NULL. */
struct sim_plan_line *sim_control_find_line(struct sim_plan *plan, const char *name);
