/* request_body.h - reads the JSON object of a POST. Any bytes may come. Sentences are in Chinese.
 *
 * A member that the object does not have is an error that names it: a mistyped "until" must not end
 * a maintenance. */
#pragma once

#include <stddef.h>

#include "gateway/base/error.h"
#include "gateway/core/model/effect.h"
#include "gateway/io/auth/auth.h"

enum {
    REQUEST_NAME_MAX = 128,
    REQUEST_PASSWORD_MAX = 512,
    REQUEST_NOTE_MAX = ENTRY_TEXT_MAX,
    REQUEST_MOMENT_MAX = 48
};

struct request_login {
    char user[REQUEST_NAME_MAX];
    char password[REQUEST_PASSWORD_MAX];
};

/* {"user","password"}: both strings, not empty. The caller wipes the password. */
MUST_CHECK bool request_body_read_login(const char *bytes, size_t length,
                                        struct request_login *ret_login, struct error *error);

struct request_maintenance {
    char until[REQUEST_MOMENT_MAX]; /* as written; "": ends now */
    char note[REQUEST_NOTE_MAX];
};

/* {"until","note"}: a time (text, or ms) or null, and a text. */
MUST_CHECK bool request_body_read_maintenance(const char *bytes, size_t length,
                                              struct request_maintenance *ret_maintenance,
                                              struct error *error);

/* {"note"}: a string, or nothing at all; an empty body is an empty note. */
MUST_CHECK bool request_body_read_note(const char *bytes, size_t length,
                                       char ret_note[static REQUEST_NOTE_MAX], struct error *error);
