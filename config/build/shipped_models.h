/* shipped_models.h - the device models built into the binary, found by id, and the list of all,
 * with which tools identify a device. The daemon parses only the models that its config uses. */
#pragma once

#include <stdint.h>

#include "config/build/built_config.h"
#include "config/build/shipped_files.h"
#include "gateway/base/arena.h"
#include "sensors/device/profile.h"

/* The file of a shipped model; NULL: none of that id. */
const struct shipped_file *shipped_models_find(const char *id);

/* Every model: the own ones of `config` (may be NULL), then each shipped one. Returns how many. The
 * arena owns them, about 25 kB each. */
int32_t shipped_models_list(struct arena *arena, const struct config *config,
                            const struct profile *const **ret_model);
