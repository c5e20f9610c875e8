/* options.h - the arguments of a command by a table: "--name VALUE", "--flag" and one plain word. */
#pragma once

#include <stdbool.h>

/* Exactly one of `value` and `flag`; the table ends with a row without a name. */
struct option {
    const char *name;
    const char **value; /* NULL before: not given */
    bool *flag;
};

/* False: an unknown or repeated option, one without its value, or a second plain word. `ret_word` is NULL when no
 * plain word is allowed; untouched when there is none. */
bool options_parse(int count, char **arguments, const struct option *table, const char **ret_word);
