/* options.h - reads the arguments of a command by a table: "--name VALUE", "--flag" and plain
 * words, in any order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/error.h"

/* One row of the table, with either `value` or `flag`. A row with the name "" takes a plain word,
 * in the order of the rows. The table ends with a row without a name. */
struct option {
    const char *name;
    const char **value; /* NULL before: not given */
    bool *flag;
};

/* Reads `arguments`, which begin with the command's name and end with NULL. An option that is
 * unknown, given twice or without its value is refused, as is a word too many: false, after a
 * sentence and the usage on stderr. "--help" gives the usage alone. */
MUST_CHECK bool options_parse(int count, char **arguments, const struct option *table,
                              const char *usage);

/* The number of an option from min to max. An absent one (NULL) leaves *number as it is. */
MUST_CHECK bool options_number(const char *value, const char *name, int64_t min, int64_t max,
                               int64_t *number, struct error *error);

/* Prints the usage to stderr. Returns EXIT_USAGE. */
int options_refuse(const char *usage);
