#include "gateway/cli/shared/options.h"

#include <stddef.h>
#include <string.h>

static const struct option *find(const struct option *table, const char *name)
{
    for (const struct option *option = table; option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

/* Returns how many arguments it took, 0: it is wrong. */
static int take(const struct option *option, int left, char **arguments)
{
    if (option->flag != NULL && !*option->flag) {
        *option->flag = true;
        return 1;
    }
    if (option->flag != NULL || *option->value != NULL || left < 2) {
        return 0;
    }
    *option->value = arguments[1];
    return 2;
}

static int take_word(const char *word, const char **ret_word)
{
    if (ret_word == NULL || *ret_word != NULL || word[0] == '-') {
        return 0;
    }
    *ret_word = word;
    return 1;
}

bool options_parse(int count, char **arguments, const struct option *table, const char **ret_word)
{
    for (int i = 1; i < count;) {
        const struct option *option = find(table, arguments[i]);
        int taken = option == NULL ? take_word(arguments[i], ret_word)
                                   : take(option, count - i, arguments + i);
        if (taken == 0) {
            return false;
        }
        i += taken;
    }
    return true;
}
