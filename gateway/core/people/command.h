/* command.h - commands by web or CLI. Each is answered once: ok, or the sentence why not. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void command_obey(struct engine *engine, const struct event_command *command);
