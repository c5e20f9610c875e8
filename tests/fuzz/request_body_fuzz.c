/* request_body_fuzz.c - any bytes as the body of a POST. */
#include "gateway/io/web/request/request_body.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What was taken is a whole text, and comes out as JSON. */
static void check_text(const char *text, size_t size)
{
    CHECK(strlen(text) < size && utf8_is_valid(text, strlen(text)));
    struct text json = text_growing(1 << 20);
    text_add_json(&json, text);
    CHECK(json.length >= strlen(text) + 2);
    text_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct error error;
    struct request_login login;
    char note[REQUEST_NOTE_MAX];
    char *copy = malloc(length + 1); /* of the exact length, so that a read behind it is seen */
    CHECK(copy != NULL);
    memcpy(copy, bytes, length);
    if (request_body_read_login(copy, length, &login, &error)) {
        CHECK(login.user[0] != '\0' && login.password[0] != '\0');
        check_text(login.user, sizeof login.user);
        check_text(login.password, sizeof login.password);
    }
    if (request_body_read_note(copy, length, note, &error)) {
        check_text(note, sizeof note);
    }
    free(copy);
    return 0;
}
