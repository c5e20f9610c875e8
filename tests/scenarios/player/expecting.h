/* expecting.h - the lines of a story that must have happened, and nothing else. */
#pragma once

#include "tests/scenarios/player/story.h"

/* Fails when something happened that no line has expected. */
void expecting_nothing(struct story *story);

/* A line after "expect"; fails when it did not happen in this second. */
void expecting_read_line(struct story *story);
