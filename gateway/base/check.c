#include "gateway/base/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *condition, const char *file, int line)
{
    (void) fprintf(stderr, "%s:%d: internal error, this must hold: %s\n", file, line, condition);
    abort();
}
