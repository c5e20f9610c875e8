/* password.h - a password from a person or a pipe. */
#pragma once

#include "gateway/base/error.h"

enum { PASSWORD_TEXT_MAX = 256 };

/* Reads the first line of stdin, or asks twice on the terminal without echo. The caller wipes
 * it. */
MUST_CHECK bool password_read(bool from_stdin, char ret_password[static PASSWORD_TEXT_MAX],
                              struct error *error);
