/* options.h - the arguments of a command by a table: "--name VALUE", "--flag" and plain words, in any order. */
#pragma once

#include <stdbool.h>

#include "gateway/base/check.h"

/* One row of the table. Exactly one of `value` and `flag` is given; a row with the name "" takes a plain word, the
 * first one the first word. The table ends with a row without a name. */
struct option {
    const char *name;
    const char **value; /* NULL before: not given */
    bool *flag;
};

/* Reads the arguments behind the command's own name. False after saying on stderr what is wrong, with the usage: an
 * option that is unknown, given twice or without its value, or one word too many. */
MUST_CHECK bool options_parse(int count, char **arguments, const struct option *table,
                              const char *usage);

/* Prints the usage to stderr. Returns EXIT_USAGE. */
int options_refuse(const char *usage);
