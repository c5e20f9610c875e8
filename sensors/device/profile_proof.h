/* profile_proof.h - runs a profile's vectors, the frames that prove it. Pure. */
#pragma once

#include "sensors/device/profile.h"

/* Each reply, taken as the answer to its request, must decode to the expected values; each write
 * must be one that an output makes. The sentence names the first vector that fails. */
MUST_CHECK bool profile_prove(const struct profile *profile, struct error *error);
