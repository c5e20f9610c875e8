/* notification.h - one text to some people of a chain: a message a phone, or, while the late ones are carried out, a
 * line in the digest. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* To the marked members. A repeat or 已转上级 is left out where one still waits to leave. */
void notification_send(struct engine *engine, struct incident *incident,
                       const bool marks[static CHAIN_MAX], enum message_kind kind,
                       const char *text);

/* Takes back what has not left of an incident's calls and 已转上级. */
void notification_cancel(struct engine *engine, struct incident *incident);

/* A message to this phone failed or was cancelled: people whom no other call has reached do not count as told. */
void notification_miss(struct engine *engine, struct incident *incident, const char *phone);
