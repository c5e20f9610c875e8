/* config.h - from a directory of JSON to one checked and complete config.
 *
 * All mistakes are found in one run, each as "file:line: /json/path: sentence". Modules below main
 * know of no config: their settings structs are filled here, and main hands them over. */
#pragma once

#include "config/build/built_config.h"
#include "config/schema/problems.h"
#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/base/text.h"

/* Reads and checks DIRECTORY/huoyan.json and what it includes. True when there is no error
 * (warnings may be there); everything lives in the arena. The shipped profiles are built in
 * (shipped_files.h). */
MUST_CHECK bool config_read(struct arena *arena, const char *directory,
                            struct config_problems *problems, const struct config **ret_config);

/* The same for a daemon, which never prints its config: the trees of the files, which are larger
 * than the result, are freed at once. */
MUST_CHECK bool config_read_to_run(struct arena *arena, const char *directory,
                                   struct config_problems *problems,
                                   const struct config **ret_config);

/* The config as understood, with defaults, as JSON; of config_read only. */
void config_print(const struct config *config, struct text *text);
