/* What people write is never trusted: any text is parsed, and what comes out is a verb with a code
 * of ours or none. */
#include "gateway/core/message/reply.h"

#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/utf8.h"
#include "gateway/core/model/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char text[REPLY_TEXT_MAX];
    size_t used = length < sizeof text ? length : sizeof text - 1;
    memcpy(text, bytes, used);
    text[used] = '\0';
    if (!utf8_is_valid(text, strlen(text))) {
        return 0; /* replies are UTF-8 before they become events */
    }
    struct reply reply = reply_parse(text);
    size_t digits = strspn(reply.code, "0123456789");
    CHECK(reply.code[digits] == '\0' && (digits == 0 || digits == 4 || digits == 5));
    CHECK(reply.verb != REPLY_NOT_UNDERSTOOD || digits == 0);
    return 0;
}
