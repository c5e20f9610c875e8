/* inbox.h - inbound texts.
 *
 * A bare digit means the last call to that phone that has left, within 7 days, or within one day
 * when its incident is closed. A digit with a code means that incident. Only the chain of the
 * incident may change it; the text of a contact of the site is recorded. People who share a phone
 * answer together. A text that is not understood changes nothing and is logged; a known number gets
 * at most one help text an hour, an unknown number never. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

enum { INBOX_HELP_EVERY_MS = 3600000 };

#define INBOX_MEMORY_MS (7 * MS_PER_DAY)

void inbox_hear(struct engine *engine, const struct event_reply *reply);
