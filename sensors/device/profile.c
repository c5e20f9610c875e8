#include "sensors/device/profile.h"

#include <string.h>

int32_t profile_find_point(const struct profile *profile, const char *key)
{
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (strcmp(profile->point[i].key, key) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t profile_find_output(const struct profile *profile, const char *key)
{
    for (int32_t i = 0; i < profile->output_count; i++) {
        if (strcmp(profile->output[i].key, key) == 0) {
            return i;
        }
    }
    return -1;
}
