/* notification.h - one text to some people of a chain: one message a phone, or an entry in the late
 * digest. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* To the marked members. A phone where a repeat or 已转上级 still waits to leave gets no second one. */
void notification_send(struct engine *engine, struct incident *incident,
                       const bool marks[static CHAIN_MAX], enum message_kind kind,
                       const char *text);

/* Cancels the incident's calls and 已转上级 that have not left. */
void notification_cancel(struct engine *engine, struct incident *incident);

/* A message to this phone failed or was cancelled: people without another call were not told. */
void notification_miss(struct engine *engine, struct incident *incident, const char *phone);
