#include "gateway/cli/user/daemon_client.h"

#include <stdio.h>
#include <string.h>

#include "gateway/cli/shared/exit.h"
#include "gateway/io/system/lockfile.h"

enum { LINE_BYTES = 1024 };

/* 1. Options. */

/* The place of an option's value, NULL when it takes none or is unknown. */
static const char **value_place(struct daemon_client_options *options, const char *option)
{
    if (strcmp(option, "-c") == 0) {
        return &options->directory;
    }
    if (strcmp(option, "--role") == 0) {
        return &options->role;
    }
    return strcmp(option, "--person") == 0 ? &options->person : NULL;
}

static bool parse_flag(struct daemon_client_options *options, const char *option)
{
    if (strcmp(option, "--password-stdin") == 0) {
        options->has_password_stdin = true;
        return true;
    }
    if (strcmp(option, "--json") == 0) {
        options->is_json = true;
        return true;
    }
    return false;
}

static bool parse_word(struct daemon_client_options *options, const char *word)
{
    const char **place = options->verb == NULL ? &options->verb : &options->name;
    if (word[0] == '-' || *place != NULL) {
        return false;
    }
    *place = word;
    return true;
}

/* One argument, and the next where it is an option's value. Returns how many it took, 0: it is wrong. */
static int parse_one(struct daemon_client_options *options, int left, char *const *arguments)
{
    const char **place = value_place(options, arguments[0]);
    if (place == NULL) {
        return parse_flag(options, arguments[0]) || parse_word(options, arguments[0]) ? 1 : 0;
    }
    if (*place != NULL || left < 2) {
        return 0;
    }
    *place = arguments[1];
    return 2;
}

bool daemon_client_parse(int count, char **arguments, struct daemon_client_options *ret_options)
{
    struct daemon_client_options options = {0};
    for (int i = 1; i < count;) {
        int taken = parse_one(&options, count - i, arguments + i);
        if (taken == 0) {
            return false;
        }
        i += taken;
    }
    *ret_options = options;
    return options.verb != NULL && options.directory != NULL;
}

/* 2. The config. */

bool daemon_client_open(const char *directory, struct daemon_client *access)
{
    *access = (struct daemon_client){.arena = arena_new()};
    access->answer = arena_take(access->arena, CONTROL_LINE_MAX, 1);
    struct config_problems *problems = arena_take(access->arena, 1, sizeof *problems);
    bool is_good = config_read(access->arena, directory, problems, &access->config);
    for (int32_t i = 0; i < problems->count && !is_good; i++) {
        if (!problems->item[i].is_warning) {
            (void) fprintf(stderr, "%s\n", problems->item[i].text);
        }
    }
    if (!is_good) {
        (void) fprintf(stderr, "huoyan: the config in '%s' has mistakes; mend them first\n",
                       directory);
    }
    return is_good;
}

void daemon_client_close(struct daemon_client *access)
{
    arena_free(access->arena);
}

/* 3. Asking. */

static int complain(const struct error *error, int code)
{
    (void) fprintf(stderr, "huoyan: %s\n", error->text);
    return code;
}

/* Without a daemon: the lock, the database, the same words. */
static bool ask_here(struct daemon_client *access, const char *request, struct error *error)
{
    const char *data_dir = access->config->data_dir;
    struct lockfile *lockfile = NULL;
    struct state *state = NULL;
    bool is_done = lockfile_take(data_dir, &lockfile, error) && state_open(data_dir, &state, error);
    if (is_done) {
        const struct control_callbacks daemon = {.state = state};
        struct text answer = text_over(access->answer, CONTROL_LINE_MAX);
        control_answer(&daemon, request, strlen(request), &answer);
    }
    state_close(state);
    lockfile_release(lockfile);
    return is_done;
}

int daemon_client_ask(struct daemon_client *access, const char *request)
{
    struct error error;
    bool is_absent = false;
    int32_t line = 0;
    if (!control_ask(access->config->data_dir, request, access->answer, &is_absent, &error) &&
        (!is_absent || !ask_here(access, request, &error))) {
        return complain(&error, EXIT_WORLD);
    }
    if (!json_parse(access->arena, access->answer, strlen(access->answer), false, &access->reply,
                    &line, &error)) {
        return complain(&error, EXIT_WORLD);
    }
    const struct json *is_ok = json_find(access->reply, "ok");
    if (is_ok == NULL || !is_ok->boolean) {
        (void) error_set(&error, "%s", json_string(access->reply, "error", "no answer"));
        return complain(&error, EXIT_NO);
    }
    return EXIT_DONE;
}

static void print_object(const struct json *item, const char *const columns[static 3])
{
    char bytes[LINE_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    for (int i = 0; i < 3 && columns[i] != NULL; i++) {
        text_add(&text, "%s\"%s\": ", i == 0 ? "{" : ", ", columns[i]);
        text_add_json(&text, json_string(item, columns[i], ""));
    }
    (void) printf("%s}", bytes);
}

static void print_line(const struct json *item, const char *const columns[static 3])
{
    for (int i = 0; i < 3 && columns[i] != NULL; i++) {
        (void) printf("%s%-*s", i == 0 ? "" : "  ", i == 0 ? 20 : 10,
                      json_string(item, columns[i], ""));
    }
    (void) printf("\n");
}

void daemon_client_print(const struct daemon_client *access, const char *key,
                         const char *const columns[static 3], bool is_json)
{
    const struct json *list = json_find(access->reply, key);
    const struct json *first = list == NULL ? NULL : list->child;
    if (is_json) {
        (void) printf("[");
    }
    for (const struct json *item = first; item != NULL; item = item->next) {
        if (is_json) {
            (void) printf(item == first ? "\n  " : ",\n  ");
            print_object(item, columns);
        } else {
            print_line(item, columns);
        }
    }
    if (is_json) {
        (void) printf(first == NULL ? "]\n" : "\n]\n");
    }
}
