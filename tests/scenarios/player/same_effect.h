/* same_effect.h - compares the effects of two engines that saw the same events. */
#pragma once

#include <stdbool.h>

#include "gateway/core/model/effect.h"

bool same_effect_is(const struct effect *a, const struct effect *b);
