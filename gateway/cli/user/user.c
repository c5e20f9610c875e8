#include "gateway/cli/user/user.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/json_write.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/cli/user/daemon_client.h"
#include "gateway/cli/user/password.h"
#include "gateway/io/auth/secret.h"

enum { REQUEST_BYTES = 2048 };

static const char user_usage[] =
    "usage: huoyan user add NAME --role ROLE [--person ID] [--password-stdin] -c DIR\n"
    "       huoyan user passwd NAME [--password-stdin] -c DIR\n"
    "       huoyan user list [--json] -c DIR\n"
    "roles: viewer grid inspector technician admin\n";

static const char token_usage[] = "usage: huoyan token add NAME --role ROLE -c DIR\n"
                                  "       huoyan token list [--json] -c DIR\n"
                                  "roles: viewer inspector technician admin source\n";

static int refuse_value(const char *sentence, const char *about)
{
    (void) fprintf(stderr, "huoyan: %s '%s'\n", sentence, about);
    return EXIT_NO;
}

static int print_error(const struct error *error)
{
    (void) fprintf(stderr, "huoyan: %s\n", error->text);
    return EXIT_NO;
}

static struct text begin_request(char bytes[static REQUEST_BYTES], const char *verb)
{
    struct text request = text_over(bytes, REQUEST_BYTES);
    json_write_open(&request, '{');
    json_write_key_string(&request, "verb", verb);
    return request;
}

/* Closes the request and sends it. */
static int finish_request(struct daemon_client *access, struct text *request)
{
    json_write_close(request, '}');
    if (request->is_cut) {
        return refuse_value("this is too long", "name");
    }
    return daemon_client_ask(access, request->bytes);
}

static bool add_password(struct text *request, bool from_stdin, struct error *error)
{
    char password[PASSWORD_TEXT_MAX];
    char hash[PASSWORD_HASH_MAX];
    bool is_good =
        password_read(from_stdin, password, error) && secret_hash_password(password, hash, error);
    secret_wipe(password, sizeof password);
    if (is_good) {
        json_write_key_string(request, "hash", hash);
    }
    return is_good;
}

/* Finds mistakes before a password is asked for. */
static int check_role(const struct daemon_client *access,
                      const struct daemon_client_options *options)
{
    enum role role = ROLE_VIEWER;
    if (!role_find(options->role, &role)) {
        return refuse_value("there is no role", options->role);
    }
    if (options->person != NULL &&
        policy_find_person(access->config->policy, options->person) < 0) {
        return refuse_value("the config has no person", options->person);
    }
    if (role == ROLE_GRID && options->person == NULL) {
        return refuse_value("a grid login sees the area of its person: give --person ID for",
                            options->name);
    }
    return EXIT_DONE;
}

static int add_user(struct daemon_client *access, const struct daemon_client_options *options)
{
    char bytes[REQUEST_BYTES];
    struct text request = begin_request(bytes, "user.put");
    struct error error;
    int code = check_role(access, options);
    if (code != EXIT_DONE) {
        return code;
    }
    json_write_key_string(&request, "name", options->name);
    json_write_key_string(&request, "role", options->role);
    json_write_key_string(&request, "person", options->person == NULL ? "" : options->person);
    if (!add_password(&request, options->has_password_stdin, &error)) {
        return print_error(&error);
    }
    code = finish_request(access, &request);
    if (code == EXIT_DONE) {
        (void) printf("user '%s' added with the role %s\n", options->name, options->role);
    }
    return code;
}

static int change_password(struct daemon_client *access,
                           const struct daemon_client_options *options)
{
    char bytes[REQUEST_BYTES];
    struct text request = begin_request(bytes, "user.password");
    struct error error;
    json_write_key_string(&request, "name", options->name);
    if (!add_password(&request, options->has_password_stdin, &error)) {
        return print_error(&error);
    }
    int code = finish_request(access, &request);
    if (code == EXIT_DONE) {
        (void) printf("the password of '%s' is changed, its sessions are ended\n", options->name);
    }
    return code;
}

static int list_users(struct daemon_client *access, const struct daemon_client_options *options)
{
    static const char *const columns[3] = {"name", "role", "person"};
    int code = daemon_client_ask(access, "{\"verb\":\"user.list\"}");
    if (code == EXIT_DONE) {
        daemon_client_print(access, "users", columns, options->is_json);
    }
    return code;
}

static int add_token(struct daemon_client *access, const struct daemon_client_options *options)
{
    char bytes[REQUEST_BYTES];
    char token[SECRET_TEXT];
    char hash[TOKEN_HASH_MAX];
    struct error error;
    if (strcmp(options->role, role_name(ROLE_GRID)) == 0) {
        return refuse_value("a token has no person, so this role would see nothing:",
                            options->role);
    }
    if (!secret_make_token(token, hash, &error)) {
        return print_error(&error);
    }
    struct text request = begin_request(bytes, "token.put");
    json_write_key_string(&request, "name", options->name);
    json_write_key_string(&request, "role", options->role);
    json_write_key_string(&request, "hash", hash);
    int code = finish_request(access, &request);
    if (code == EXIT_DONE) {
        (void) printf("token '%s' with the role %s, shown only now: %s\n", options->name,
                      options->role, token);
    }
    return code;
}

static int list_tokens(struct daemon_client *access, const struct daemon_client_options *options)
{
    static const char *const columns[3] = {"name", "role", NULL};
    int code = daemon_client_ask(access, "{\"verb\":\"token.list\"}");
    if (code == EXIT_DONE) {
        daemon_client_print(access, "tokens", columns, options->is_json);
    }
    return code;
}

struct verb {
    const char *name;
    bool wants_name, wants_role, may_have_person, may_have_password;
    int (*carry_out)(struct daemon_client *access, const struct daemon_client_options *options);
};

static bool is_verb_meant(const struct verb *verb, const struct daemon_client_options *options)
{
    return options->verb != NULL && options->directory != NULL &&
           strcmp(verb->name, options->verb) == 0 && verb->wants_name == (options->name != NULL) &&
           verb->wants_role == (options->role != NULL) &&
           (verb->may_have_person || options->person == NULL) &&
           (verb->may_have_password || !options->has_password_stdin) &&
           (!verb->wants_name || !options->is_json);
}

static int run_verb(const struct verb *verb, const struct daemon_client_options *options)
{
    struct daemon_client access;
    int code = daemon_client_open(options->directory, &access) ? verb->carry_out(&access, options)
                                                               : EXIT_NO;
    daemon_client_close(&access);
    return code;
}

/* `verbs` ends with one without a name. */
static int choose_verb(const struct verb *verbs, int count, char **arguments, const char *usage)
{
    struct daemon_client_options options = {0};
    if (!daemon_client_parse(count, arguments, usage, &options)) {
        return EXIT_USAGE;
    }
    for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
        if (is_verb_meant(verb, &options)) {
            return run_verb(verb, &options);
        }
    }
    return options_refuse(usage);
}

int cli_user(int count, char **arguments)
{
    static const struct verb verbs[] = {{"add", true, true, true, true, add_user},
                                        {"passwd", true, false, false, true, change_password},
                                        {"list", false, false, false, false, list_users},
                                        {0}};
    return choose_verb(verbs, count, arguments, user_usage);
}

int cli_token(int count, char **arguments)
{
    static const struct verb verbs[] = {{"add", true, true, false, false, add_token},
                                        {"list", false, false, false, false, list_tokens},
                                        {0}};
    return choose_verb(verbs, count, arguments, token_usage);
}
