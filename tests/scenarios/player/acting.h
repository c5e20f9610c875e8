/* acting.h - the lines of a story that act on the engine: a reading, a text, a command. */
#pragma once

#include "tests/scenarios/player/story.h"

/* False: there is no such verb. */
bool acting_read_line(struct story *story, const char *verb);
