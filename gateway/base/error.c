#include "gateway/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

/* By way of a second buffer: an argument may be the text that is replaced. */
static void PRINTF_LIKE(2, 0) write_text(struct error *error, const char *format, va_list arguments)
{
    char text[ERROR_MAX];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= (int) sizeof text) {
        utf8_trim(text);
    }
    memcpy(error->text, text, strlen(text) + 1);
}

bool error_set(struct error *error, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        write_text(error, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool error_set_errno(struct error *error, int code, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        write_text(error, format, arguments);
        va_end(arguments);

        char words[128]; /* the longest text of glibc has 50 */
        const char *reason = strerror_r(code, words, sizeof words);
        size_t used = strlen(error->text);
        (void) snprintf(error->text + used, sizeof error->text - used, ": %s", reason);
    }
    return false;
}
