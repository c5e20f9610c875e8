#include "gateway/io/system/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/file.h"

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static _Atomic int level_max = LOG_LEVEL_INFO;
static struct zone log_zone;

void log_set_level(enum log_level level)
{
    atomic_store(&level_max, (int) level);
}

void log_set_zone(const struct zone *zone)
{
    log_zone = *zone;
}

void log_line(enum log_level level, const char *about, const char *format, ...)
{
    if ((int) level > atomic_load_explicit(&level_max, memory_order_relaxed)) {
        return;
    }
    int kept = errno;
    char sentence[LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);

    char at[ZONE_ISO_MAX];
    zone_format_iso(&log_zone, clock_ms(), at);
    char bytes[LOG_LINE_MAX];
    struct text line = text_over(bytes, sizeof bytes - 1); /* room for the newline */
    text_add(&line, "%s %s %s: %s", at, level_names[level], about, sentence);
    utf8_blank_controls(bytes, line.length); /* else a device or a server could begin a line */
    bytes[line.length] = '\n';
    (void) file_write_all(STDERR_FILENO, bytes, line.length + 1); /* no place to report it */
    errno = kept;
}
