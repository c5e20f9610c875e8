/* file.h - a certificate or key file as text. */
#pragma once

#include "gateway/base/error.h"

enum { FILE_READ_MAX = 1024 * 1024 };

/* At most FILE_READ_MAX bytes of it. The text is the caller's to wipe and free. */
MUST_CHECK bool file_read(const char *path, char **ret_text, struct error *error);
