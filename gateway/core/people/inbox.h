/* inbox.h - what people write back.
 *
 * A bare digit means the last call to that phone that has left (within 7 days; of closed incidents, within one);
 * a digit with a code means that incident. Only the chain of the incident may move it; contacts of the site are recorded. People
 * who share a phone answer together. What cannot be obeyed changes nothing, is logged, and is answered by at most
 * one help text an hour; an unknown number never. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

enum { INBOX_HELP_EVERY_MS = 3600000 };

#define INBOX_MEMORY_MS (7 * MS_PER_DAY)

void inbox_hear(struct engine *engine, const struct event_reply *reply);
