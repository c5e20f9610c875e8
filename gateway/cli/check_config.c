#include "gateway/cli/check_config.h"

#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "config/schema/schema.h"
#include "gateway/base/text.h"
#include "gateway/cli/shared/exit.h"

enum { LINE_BYTES = 8 * 1024 }; /* the longest line of a problem, escaped */

struct options {
    const char *directory; /* NULL: not given */
    bool must_print, is_json, wants_keys, wants_schema;
};

static bool parse_options(int count, char **arguments, struct options *options)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "-c") == 0 && i + 1 < count && options->directory == NULL) {
            options->directory = arguments[++i];
        } else if (strcmp(arguments[i], "--print") == 0) {
            options->must_print = true;
        } else if (strcmp(arguments[i], "--json") == 0) {
            options->is_json = true;
        } else if (strcmp(arguments[i], "--keys") == 0) {
            options->wants_keys = true;
        } else if (strcmp(arguments[i], "--schema") == 0) {
            options->wants_schema = true;
        } else {
            return false;
        }
    }
    return (options->directory != NULL) != (options->wants_keys || options->wants_schema);
}

static void print_json(const struct config_problems *problems)
{
    (void) printf("{\"ok\": %s, \"errors\": %d, \"warnings\": %d, \"problems\": [",
                  problems->error_count == 0 ? "true" : "false", (int) problems->error_count,
                  (int) (problems->warning_count));
    for (int32_t i = 0; i < problems->count; i++) {
        char bytes[LINE_BYTES];
        struct text text = text_over(bytes, sizeof bytes);
        text_add_json(&text, problems->item[i].text);
        (void) printf("%s\n  {\"warning\": %s, \"text\": %s}", i == 0 ? "" : ",",
                      problems->item[i].is_warning ? "true" : "false", bytes);
    }
    (void) printf("]}\n");
}

static void print_lines(const struct config_problems *problems, const struct config *config,
                        FILE *to)
{
    for (int32_t i = 0; i < problems->count; i++) {
        (void) fprintf(to, "%s\n", problems->item[i].text);
    }
    if (config != NULL) {
        const struct policy *policy = config->policy;
        (void) fprintf(
            to, "good, %d warnings: %d sites, %d devices, %d points, %d rules, %d people\n",
            (int) problems->warning_count, (int) policy->site_count, (int) policy->device_count,
            (int) policy->point_count, (int) policy->rule_count, (int) policy->person_count);
    } else {
        (void) fprintf(to, "refused: %d mistakes, %d warnings\n", (int) problems->error_count,
                       (int) problems->warning_count);
    }
}

static int check(const struct options *options)
{
    struct arena *arena = arena_new();
    struct config_problems problems;
    const struct config *config = NULL;
    bool is_good = config_read(arena, options->directory, &problems, &config);
    if (options->is_json && !options->must_print) {
        print_json(&problems);
    } else {
        print_lines(&problems, config, options->must_print ? stderr : stdout);
    }
    if (is_good && options->must_print) {
        config_print(config, stdout);
    }
    arena_free(arena);
    return is_good ? EXIT_DONE : EXIT_NO;
}

int cli_check(int count, char **arguments)
{
    struct options options = {0};
    if (!parse_options(count, arguments, &options)) {
        (void) fprintf(stderr, "usage: huoyan check -c DIR [--print] [--json]\n"
                               "       huoyan check --keys | --schema\n");
        return EXIT_USAGE;
    }
    if (options.wants_keys) {
        schema_print_help(stdout);
    }
    if (options.wants_schema) {
        schema_print_json(stdout);
    }
    return options.directory == NULL ? EXIT_DONE : check(&options);
}
