/* incident_facts.h - the facts of an incident for its texts, as they are now. */
#pragma once

#include "gateway/core/message/message.h"
#include "gateway/core/tables/engine_memory.h"

/* With the newest value of the point that people compare with the limit, if there is one. */
struct message_facts incident_facts_read(const struct engine *engine,
                                         const struct incident *incident);
