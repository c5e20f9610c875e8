/* profile_points.h - the points of a profile with what joins them, and the vectors that prove them. Pure.
 *
 * Part of profile_parse; the blocks must have been read before. */
#pragma once

#include "sensors/fields.h"

void profile_read_points(struct fields *fields, const struct json *root, struct profile *profile);
void profile_read_vectors(struct fields *fields, const struct json *root, struct profile *profile);
