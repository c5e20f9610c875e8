/* expecting.h - the lines of a story that say what must have happened, and that nothing else did. */
#pragma once

#include "tests/scenarios/player/story.h"

/* Fails when something happened that no line has expected. */
void expecting_nothing(struct story *story);

/* A line after "expect"; fails when it did not happen in this second. */
void expecting_read_line(struct story *story);
