/* incident_facts.h - what the texts about an incident say of it now. */
#pragma once

#include "gateway/core/message/message.h"
#include "gateway/core/tables/engine_memory.h"

/* With the newest value of the point that people compare with the limit, if there is one. */
struct message_facts incident_facts_read(const struct engine *engine,
                                         const struct incident *incident);
