/* smsd_file_fuzz.c - any bytes in smsd's directories: only valid, clean text comes out, and the
 * same file keeps its key. */
#include "gateway/io/sms/smsd_file.h"

#include <string.h>

#include "gateway/base/utf8.h"

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_text(const char *text)
{
    size_t length = strlen(text);
    CHECK(utf8_is_valid(text, length));
    for (size_t i = 0; i < length; i++) {
        CHECK((unsigned char) text[i] >= 0x20);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct smsd_file file;
    if (!smsd_file_parse(bytes, length, &file)) {
        return 0;
    }
    check_text(file.from);
    check_text(file.to);
    check_text(file.sent);
    check_text(file.received);
    check_text(file.fail_reason);
    check_text(file.text);
    CHECK(file.message_id >= -1 && file.message_id <= 255);
    char key[2][MESSAGE_KEY_MAX];
    smsd_file_key(&file, "GSM1.abc", key[0]);
    smsd_file_key(&file, "GSM1.abc", key[1]);
    CHECK(strcmp(key[0], key[1]) == 0);
    check_text(key[0]);
    enum outcome outcome = OUTCOME_SENT;
    CHECK(!smsd_file_outcome(&file, &outcome) || file.is_report);
    return 0;
}
