/* config_steps.h - inside config: the ordered steps from the files of a reader to one config. */
#pragma once

#include "config/build/built_config.h"
#include "config/schema/reader.h"

/* Checks the files of the reader and runs all steps. True: there are no errors. */
MUST_CHECK bool build_config(struct arena *arena, struct reader *reader,
                             const struct config **ret_config);
