#include "gateway/cli/check_config.h"

#include <stdio.h>

#include "config/config.h"
#include "config/schema/schema.h"
#include "gateway/base/text.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"

enum {
    PROBLEM_BYTES_MAX = 64 * 1024,        /* of a line, escaped */
    PRINT_BYTES_MAX = 1024 * 1024 * 1024, /* more than a config can hold in all its files */
};

struct check {
    const char *directory; /* NULL: not given */
    bool must_print, is_json, wants_keys, wants_schema;
};

static void print_problems_json(const struct config_problems *problems)
{
    (void) printf("{\"ok\": %s, \"errors\": %d, \"warnings\": %d, \"problems\": [",
                  problems->error_count == 0 ? "true" : "false", (int) problems->error_count,
                  (int) (problems->warning_count));
    for (int32_t i = 0; i < problems->count; i++) {
        struct text text = text_growing(PROBLEM_BYTES_MAX);
        text_add_json(&text, problems->item[i].text);
        (void) printf("%s\n  {\"warning\": %s, \"text\": %s}", i == 0 ? "" : ",",
                      problems->item[i].is_warning ? "true" : "false", text.bytes);
        text_free(&text);
    }
    (void) printf("]}\n");
}

static void print_problem_lines(const struct config_problems *problems, const struct config *config,
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

/* False: memory was too short for it. */
static bool print_whole_text(struct text *text)
{
    bool is_whole = !text->is_cut && fputs(text->bytes, stdout) >= 0;
    text_free(text);
    return is_whole;
}

static int check_directory(const struct check *check)
{
    struct arena *arena = arena_new();
    struct config_problems problems;
    const struct config *config = NULL;
    bool is_good = config_read(arena, check->directory, &problems, &config);
    if (check->is_json && !check->must_print) {
        print_problems_json(&problems);
    } else {
        print_problem_lines(&problems, config, check->must_print ? stderr : stdout);
    }
    if (is_good && check->must_print) {
        struct text text = text_growing(PRINT_BYTES_MAX);
        config_print(config, &text);
        is_good = print_whole_text(&text);
    }
    arena_free(arena);
    return is_good ? EXIT_DONE : EXIT_NO;
}

int cli_check(int count, char **arguments)
{
    static const char usage[] = "usage: huoyan check -c DIR [--print] [--json]\n"
                                "       huoyan check --keys | --schema\n";
    struct check check = {0};
    const struct option table[] = {
        {"-c", &check.directory, NULL},          {"--print", NULL, &check.must_print},
        {"--json", NULL, &check.is_json},        {"--keys", NULL, &check.wants_keys},
        {"--schema", NULL, &check.wants_schema}, {NULL, NULL, NULL}};
    if (!options_parse(count, arguments, table, usage)) {
        return EXIT_USAGE;
    }
    if ((check.directory != NULL) == (check.wants_keys || check.wants_schema)) {
        return options_refuse(usage);
    }
    if (check.wants_keys) {
        schema_print_help(stdout);
    }
    if (check.wants_schema) {
        struct text text = text_growing(PRINT_BYTES_MAX);
        schema_print_json(&text);
        (void) print_whole_text(&text);
    }
    return check.directory == NULL ? EXIT_DONE : check_directory(&check);
}
