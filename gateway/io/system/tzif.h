/* tzif.h - the bytes of a compiled time zone (RFC 8536, as in /usr/share/zoneinfo) to a zone's
 * table. Pure.
 *
 * Only the years TZIF_FIRST_YEAR to TZIF_LAST_YEAR are kept. For years that the file does not list
 * its footer has a rule (POSIX TZ with Mm.w.d dates), which is written out year by year. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/base/zone.h"

enum { TZIF_FIRST_YEAR = 2000, TZIF_LAST_YEAR = 2060 };

/* Fills the table; the zone's name stays empty. Times before the first year have the offset of its
 * beginning, times after the last year the offset of its end. Refused: version 1 files, leap
 * seconds, damage, more than ZONE_CHANGES_MAX changes. */
MUST_CHECK bool tzif_parse(const uint8_t *bytes, size_t length, struct zone *ret_zone,
                           struct error *error);
