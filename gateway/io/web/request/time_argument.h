/* time_argument.h - a point in time as people and programs write it in an address. */
#pragma once

#include "gateway/base/check.h"
#include "gateway/base/zone.h"

/* Reads ISO 8601 or milliseconds since 1970, from 1970 to 9999: "2026-07-18T14:20:40.123+08:00",
 * "…Z", without an offset in the site's zone, "2026-07-18" as its midnight. A blank counts as a +
 * sign, because a URL turns one into the other. */
MUST_CHECK bool time_argument_parse(const struct zone *zone, const char *text, ms_t *ret_at);
