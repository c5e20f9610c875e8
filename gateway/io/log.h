/* log.h - the only printer: a line with level, the thing it is about, and a sentence, to stderr (the journal).
 *
 * Who handles a failure logs it, once. Never a secret, never a whole phone number. */
#pragma once

#include "gateway/base/check.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are not printed; INFO at first. */
void log_set_level(enum log_level level);

/* `about` names the thing: "w3/th1", "store main", "incident 12". errno is kept. */
void log_line(enum log_level level, const char *about, const char *format, ...) PRINTF_LIKE(3, 4);
