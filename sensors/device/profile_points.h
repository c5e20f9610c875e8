/* profile_points.h - the points of a profile with what joins them, the outputs, and the vectors
 * that prove both. Pure.
 *
 * Part of profile_parse; the blocks must have been read before, and vectors come last. */
#pragma once

#include "sensors/device/profile.h"
#include "sensors/device/profile_fields.h"

void profile_read_points(struct json_fields *fields, const struct json *root,
                         struct profile *profile);
void profile_read_outputs(struct json_fields *fields, const struct json *root,
                          struct profile *profile);
void profile_read_vectors(struct json_fields *fields, const struct json *root,
                          struct profile *profile);
