/* daemon_client.h - what `user` and `token` share: their options, the config they need, and the question to the daemon or,
 * when none runs, to state.db itself. */
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

/* Fills the empty `options`. False after saying what is wrong, with the usage. */
MUST_CHECK bool daemon_client_parse(int count, char **arguments, const char *usage,
                                    struct daemon_client_options *options);

struct daemon_client {
    struct arena *arena;
    const struct config *config;
    char *answer;             /* CONTROL_LINE_MAX bytes, the arena's */
    const struct json *reply; /* of the last question */
};

/* Reads the config; prints its mistakes. Close it in any case. */
MUST_CHECK bool daemon_client_open(const char *directory, struct daemon_client *access);
void daemon_client_close(struct daemon_client *access);

/* Asks and parses the answer. Returns an exit code; what went wrong is printed. */
int daemon_client_ask(struct daemon_client *access, const char *request);

/* Prints the array `key` of the reply, a line or a JSON object each: `columns` names its text members. */
void daemon_client_print(const struct daemon_client *access, const char *key,
                         const char *const columns[static 3], bool is_json);
