/* time_argument.h - a point in time as people and programs write it in an address. */
#pragma once

#include "gateway/base/check.h"
#include "gateway/base/zone.h"

/* ISO 8601 ("2026-07-18T14:20:40.123+08:00", "…Z", without an offset in the site's zone, "2026-07-18" as its
 * midnight) or milliseconds since 1970. A blank stands for the + that addresses turn into one. 1970 to 9999. */
MUST_CHECK bool time_argument_parse(const struct zone *zone, const char *text, ms_t *ret_at);
