/* log.h - the only place that logs: a line with level, subject and sentence, to stderr (systemd's
 * journal).
 *
 *   2026-07-18T14:20:40.123+08:00 warning store main: refused 3 lines
 *
 * Each line is one write, so threads do not mix theirs; control characters in it become blanks. A
 * failure is logged once, by the code that handles it. Never log a secret or a whole phone
 * number. */
#pragma once

#include "gateway/base/check.h"
#include "gateway/base/zone.h"

enum { LOG_LINE_MAX = 1024 }; /* bytes; a longer line is cut at a character */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are not printed; INFO at first. */
void log_set_level(enum log_level level);

/* The zone of the times, copied; UTC at first. Call it before other threads print. */
void log_set_zone(const struct zone *zone);

/* `about` names the thing: "w3/th1", "store main", "incident 12". errno is kept. */
void log_line(enum log_level level, const char *about, const char *format, ...) PRINTF_LIKE(3, 4);
