/* request_body.h - what a POST may carry: a small JSON object, judged member by member. Any bytes are allowed to come. */
#pragma once

#include <stddef.h>

#include "gateway/base/error.h"
#include "gateway/core/model/effect.h"
#include "gateway/io/auth/auth.h"

enum {
    BODY_NAME_MAX = 128,
    BODY_PASSWORD_MAX = 512,
    BODY_NOTE_MAX = ENTRY_TEXT_MAX,
    BODY_MOMENT_MAX = 48
};

struct body_login {
    char user[BODY_NAME_MAX];
    char password[BODY_PASSWORD_MAX];
};

/* {"user","password"}: both strings, not empty. The caller wipes the password. */
MUST_CHECK bool body_read_login(const char *bytes, size_t length, struct body_login *ret_login,
                                struct error *error);

struct body_maintenance {
    char until[BODY_MOMENT_MAX]; /* as written; "": it is to end now */
    char note[BODY_NOTE_MAX];
};

/* {"until","note"}: a time (text, or ms) or null, and a text. */
MUST_CHECK bool body_read_maintenance(const char *bytes, size_t length,
                                      struct body_maintenance *ret_maintenance,
                                      struct error *error);

/* {"note"}: a string, or nothing at all; an empty body is an empty note. Other members are left alone. */
MUST_CHECK bool body_read_note(const char *bytes, size_t length,
                               char ret_note[static BODY_NOTE_MAX], struct error *error);
