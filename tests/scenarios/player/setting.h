/* setting.h - the first block of a story: its people, places and rules. */
#pragma once

#include "tests/scenarios/player/story.h"

/* False: there is no such verb. */
bool setting_read_line(struct story *story, const char *verb);
