#include "gateway/cli/user/daemon_client.h"

#include <stdio.h>
#include <string.h>

#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/io/system/lockfile.h"

enum { LINE_BYTES = 1024 };

bool daemon_client_parse(int count, char **arguments, const char *usage,
                         struct daemon_client_options *options)
{
    const struct option table[] = {{"", &options->verb, NULL},
                                   {"", &options->name, NULL},
                                   {"-c", &options->directory, NULL},
                                   {"--role", &options->role, NULL},
                                   {"--person", &options->person, NULL},
                                   {"--password-stdin", NULL, &options->has_password_stdin},
                                   {"--json", NULL, &options->is_json},
                                   {NULL, NULL, NULL}};
    return options_parse(count, arguments, table, usage);
}

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
        (void) fprintf(stderr, "huoyan: the config in '%s' has mistakes; correct them first\n",
                       directory);
    }
    return is_good;
}

void daemon_client_close(struct daemon_client *access)
{
    arena_free(access->arena);
}

static int print_client_error(const struct error *error, int code)
{
    (void) fprintf(stderr, "huoyan: %s\n", error->text);
    return code;
}

/* Without a daemon: takes the lock, opens the database and answers the same request. */
static bool ask_state(struct daemon_client *access, const char *request, struct error *error)
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
        (!is_absent || !ask_state(access, request, &error))) {
        return print_client_error(&error, EXIT_SYSTEM);
    }
    if (!json_parse(access->arena, access->answer, strlen(access->answer), false, &access->reply,
                    &line, &error)) {
        return print_client_error(&error, EXIT_SYSTEM);
    }
    const struct json *is_ok = json_find(access->reply, "ok");
    if (is_ok == NULL || !is_ok->boolean) {
        (void) error_set(&error, "%s", json_string(access->reply, "error", "no answer"));
        return print_client_error(&error, EXIT_NO);
    }
    return EXIT_DONE;
}

static void print_reply_object(const struct json *item, const char *const columns[static 3])
{
    char bytes[LINE_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    for (int i = 0; i < 3 && columns[i] != NULL; i++) {
        text_add(&text, "%s\"%s\": ", i == 0 ? "{" : ", ", columns[i]);
        text_add_json(&text, json_string(item, columns[i], ""));
    }
    (void) printf("%s}", bytes);
}

static void print_reply_line(const struct json *item, const char *const columns[static 3])
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
    const struct json *first = json_first(list);
    if (is_json) {
        (void) printf("[");
    }
    for (const struct json *item = first; item != NULL; item = item->next) {
        if (is_json) {
            (void) printf(item == first ? "\n  " : ",\n  ");
            print_reply_object(item, columns);
        } else {
            print_reply_line(item, columns);
        }
    }
    if (is_json) {
        (void) printf(first == NULL ? "]\n" : "\n]\n");
    }
}
