#include "gateway/cli/shared/options.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/parse.h"
#include "gateway/base/suggest.h"
#include "gateway/cli/shared/exit.h"

/* The row of an option, or the first row that still takes a plain word. */
static const struct option *find_option(const struct option *table, const char *argument)
{
    bool is_word = argument[0] != '-';
    for (const struct option *option = table; option->name != NULL; option++) {
        bool is_free = is_word && option->name[0] == '\0' && *option->value == NULL;
        if (is_free || (!is_word && strcmp(option->name, argument) == 0)) {
            return option;
        }
    }
    return NULL;
}

static bool refuse_argument(const struct option *table, const char *argument, struct error *error)
{
    if (argument[0] != '-') {
        return error_set(error, "'%s' is one word too many", argument);
    }
    struct suggest suggest = {.word = argument};
    for (const struct option *option = table; option->name != NULL; option++) {
        suggest_offer(&suggest, option->name);
    }
    return error_set(error, "there is no option '%s'%s", argument, suggest_text(&suggest));
}

/* Takes the argument at hand, with its value. */
static bool take_argument(const struct option *table, char **arguments, int *at,
                          struct error *error)
{
    const char *argument = arguments[(*at)++];
    const struct option *option = find_option(table, argument);
    if (option == NULL) {
        return refuse_argument(table, argument, error);
    }
    if (option->flag != NULL ? *option->flag : *option->value != NULL) {
        return error_set(error, "'%s' is given twice", argument);
    }
    if (option->flag != NULL) {
        *option->flag = true;
        return true;
    }
    *option->value = option->name[0] == '\0' ? argument : arguments[(*at)++];
    return *option->value != NULL || error_set(error, "'%s' needs a value", argument);
}

bool options_number(const char *value, const char *name, int64_t min, int64_t max, int64_t *number,
                    struct error *error)
{
    if (value != NULL && !parse_int(value, min, max, number)) {
        return error_set(error, "%s '%s' is no number from %lld to %lld", name, value,
                         (long long) min, (long long) max);
    }
    return true;
}

int options_refuse(const char *usage)
{
    (void) fprintf(stderr, "%s", usage);
    return EXIT_USAGE;
}

bool options_parse(int count, char **arguments, const struct option *table, const char *usage)
{
    struct error error;
    for (int at = 1; at < count;) {
        if (strcmp(arguments[at], "--help") == 0) {
            (void) options_refuse(usage);
            return false;
        }
        if (!take_argument(table, arguments, &at, &error)) {
            (void) fprintf(stderr, "huoyan %s: %s\n", arguments[0], error.text);
            (void) options_refuse(usage);
            return false;
        }
    }
    return true;
}
