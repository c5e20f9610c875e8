/* daemon_client.h - the options, the config and the requests of `user` and `token`. A request goes
 * to the daemon or, when none runs, to state.db. */
#pragma once

#include "config/config.h"
#include "gateway/base/json.h"
#include "gateway/io/control/control.h"

struct daemon_client_options {
    const char *verb;      /* "add" "passwd" "list" */
    const char *name;      /* NULL: not given */
    const char *directory; /* -c */
    const char *role, *person;
    bool has_password_stdin, is_json;
};

/* Fills the empty `options`, as options_parse. */
MUST_CHECK bool daemon_client_parse(int count, char **arguments, const char *usage,
                                    struct daemon_client_options *options);

struct daemon_client {
    struct arena *arena;
    const struct config *config;
    char *answer;             /* CONTROL_LINE_MAX bytes, the arena's */
    const struct json *reply; /* of the last question */
};

/* Reads the config and prints its mistakes. Close the client also on failure. */
MUST_CHECK bool daemon_client_open(const char *directory, struct daemon_client *access);
void daemon_client_close(struct daemon_client *access);

/* Asks and parses the answer. Returns an exit code; a failure is printed. */
int daemon_client_ask(struct daemon_client *access, const char *request);

/* Prints the items of the array `key` of the reply, as lines or JSON objects. `columns` names their
 * text members. */
void daemon_client_print(const struct daemon_client *access, const char *key,
                         const char *const columns[static 3], bool is_json);
