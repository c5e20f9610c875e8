/* shipped_files.h - the sensor profiles and rule packs built into the binary (sensors/profiles/ and
 * config/rules/, packed at build time). */
#pragma once

#include <stddef.h>

struct shipped_file {
    const char *path; /* "xy-md02.json" */
    const char *bytes;
    size_t length;
};

extern const struct shipped_file shipped_profiles[];
extern const int shipped_profiles_count;

extern const struct shipped_file shipped_rules[];
extern const int shipped_rules_count;
