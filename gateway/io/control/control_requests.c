/* control_requests.c - what the lines of control.h ask for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/base/utf8.h"
#include "gateway/io/control/control.h"
#include "gateway/io/state/state_users.h"
#include "gateway/io/system/clock.h"

typedef bool carry_out(const struct control_callbacks *house, const struct json *request,
                       struct text *answer, struct error *error);

/* 1. Reading members. */

/* Copies a string member; one that is absent is "". */
static bool read_string(const struct json *request, const char *key, char *to, size_t size,
                        struct error *error)
{
    const struct json *value = json_find(request, key);
    bool is_absent = value == NULL || value->type == JSON_NULL;
    if (!is_absent && (value->type != JSON_STRING || strlen(value->string) >= size)) {
        return error_set(error, "'%s' must be text of at most %zu bytes", key, size - 1);
    }
    (void) snprintf(to, size, "%s", is_absent ? "" : value->string);
    return true;
}

static bool is_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if ((unsigned char) *at <= ' ' || *at == 0x7f || *at == '"' || *at == '\\') {
            return false;
        }
    }
    return name[0] != '\0' && utf8_is_valid(name, strlen(name));
}

static bool read_name(const struct json *request, char to[static USER_NAME_MAX],
                      struct error *error)
{
    return read_string(request, "name", to, USER_NAME_MAX, error) &&
           (is_name(to) || error_set(error, "a name has 1 to %d bytes and no blanks or quotes",
                                     USER_NAME_MAX - 1));
}

static bool read_role(const struct json *request, enum role *ret_role, struct error *error)
{
    char name[16]; /* the longest has 10 */
    return read_string(request, "role", name, sizeof name, error) &&
           (role_find(name, ret_role) ||
            error_set(error,
                      "there is no role '%s'; there are viewer, grid, inspector, technician, "
                      "admin and, for tokens, source",
                      name));
}

static bool read_password_hash(const struct json *request, char to[static PASSWORD_HASH_MAX],
                               struct error *error)
{
    return read_string(request, "hash", to, PASSWORD_HASH_MAX, error) &&
           (strncmp(to, "$argon2id$", 10) == 0 ||
            error_set(error, "'hash' must be an argon2id hash"));
}

static bool is_true(const struct json *request, const char *key)
{
    const struct json *value = json_find(request, key);
    return value != NULL && value->type == JSON_BOOL && value->boolean;
}

/* 2. Verbs. */

static bool store_user(const struct control_callbacks *house, const struct state_user *user,
                       bool may_replace, struct error *error)
{
    if (!state_user_put(house->state, user, may_replace, error)) {
        return false;
    }
    if (house->auth != NULL) {
        auth_end_sessions(house->auth, user->name);
    }
    return true;
}

static bool put_user(const struct control_callbacks *house, const struct json *request,
                     struct text *answer, struct error *error)
{
    struct state_user user = {.created_at = clock_ms()};
    if (!read_name(request, user.name, error) || !read_role(request, &user.role, error) ||
        !read_string(request, "person", user.person, sizeof user.person, error) ||
        !read_password_hash(request, user.password_hash, error)) {
        return false;
    }
    if (user.role == ROLE_SOURCE) {
        return error_set(error, "the role 'source' is for tokens, not for people");
    }
    text_add(answer, "{\"ok\":true}");
    return store_user(house, &user, is_true(request, "replace"), error);
}

static bool set_password(const struct control_callbacks *house, const struct json *request,
                         struct text *answer, struct error *error)
{
    char name[USER_NAME_MAX] = "";
    struct state_user user;
    if (!read_name(request, name, error)) {
        return false;
    }
    if (!state_user_get(house->state, name, &user)) {
        return error_set(error, "there is no user '%s'", name);
    }
    text_add(answer, "{\"ok\":true}");
    return read_password_hash(request, user.password_hash, error) &&
           store_user(house, &user, true, error);
}

static void add_member(struct text *answer, const char *key, const char *value)
{
    text_add(answer, "\"%s\":", key);
    text_add_json(answer, value);
    text_add(answer, ",");
}

static bool list_users(const struct control_callbacks *house, const struct json *request,
                       struct text *answer, struct error *error)
{
    (void) request;
    (void) error;
    struct state_user *users = malloc(CONTROL_USERS_MAX * sizeof *users);
    CHECK(users != NULL);
    int32_t count = state_user_list(house->state, users, CONTROL_USERS_MAX);
    text_add(answer, "{\"ok\":true,\"users\":[");
    for (int32_t i = 0; i < count; i++) {
        text_add(answer, i == 0 ? "{" : ",{");
        add_member(answer, "name", users[i].name);
        add_member(answer, "role", role_name(users[i].role));
        add_member(answer, "person", users[i].person);
        text_add(answer, "\"created_at\":%" PRId64 "}", users[i].created_at);
    }
    text_add(answer, "]}");
    free(users);
    return true;
}

static bool is_hex(const char *text)
{
    return strspn(text, "0123456789abcdef") == TOKEN_HASH_MAX - 1;
}

static bool put_token(const struct control_callbacks *house, const struct json *request,
                      struct text *answer, struct error *error)
{
    struct state_token token = {.created_at = clock_ms()};
    if (!read_name(request, token.name, error) || !read_role(request, &token.role, error) ||
        !read_string(request, "hash", token.hash, sizeof token.hash, error)) {
        return false;
    }
    if (!is_hex(token.hash)) {
        return error_set(error, "'hash' must be a SHA-256 in hex");
    }
    text_add(answer, "{\"ok\":true}");
    return state_token_put(house->state, &token, error);
}

static bool list_tokens(const struct control_callbacks *house, const struct json *request,
                        struct text *answer, struct error *error)
{
    (void) request;
    (void) error;
    struct state_token *tokens = malloc(CONTROL_USERS_MAX * sizeof *tokens);
    CHECK(tokens != NULL);
    int32_t count = state_token_list(house->state, tokens, CONTROL_USERS_MAX);
    text_add(answer, "{\"ok\":true,\"tokens\":[");
    for (int32_t i = 0; i < count; i++) {
        text_add(answer, i == 0 ? "{" : ",{");
        add_member(answer, "name", tokens[i].name);
        add_member(answer, "role", role_name(tokens[i].role));
        text_add(answer, "\"created_at\":%" PRId64 "}", tokens[i].created_at);
    }
    text_add(answer, "]}");
    free(tokens);
    return true;
}

static bool test_sms(const struct control_callbacks *house, const struct json *request,
                     struct text *answer, struct error *error)
{
    char person[ID_MAX];
    char text[ANSWER_MAX] = "";
    if (!read_string(request, "person", person, sizeof person, error)) {
        return false;
    }
    if (house->command == NULL) {
        return error_set(error, "the gateway does not run: start it with 'huoyan run' first");
    }
    const struct event_command command = {
        .verb = COMMAND_TEST_SMS, .actor = "cli", .person = "", .channel = "cli", .note = person};
    if (house->command(house->context, &command, text) != 200) {
        return error_set(error, "%s", text);
    }
    text_add(answer, "{\"ok\":true,\"text\":");
    text_add_json(answer, text);
    text_add(answer, "}");
    return true;
}

/* 3. The request as a whole. */

static carry_out *find_verb(const struct json *request)
{
    static const struct {
        const char *name;
        carry_out *carry_out;
    } verbs[] = {{"user.put", put_user},      {"user.password", set_password},
                 {"user.list", list_users},   {"token.put", put_token},
                 {"token.list", list_tokens}, {"sms.test", test_sms}};
    const char *name = json_string(request, "verb", "");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return verbs[i].carry_out;
        }
    }
    return NULL;
}

static bool answer_request(const struct control_callbacks *house, const struct json *request,
                           struct text *answer, struct error *error)
{
    if (request->type != JSON_OBJECT) {
        return error_set(error, "the request must be a JSON object");
    }
    carry_out *verb = find_verb(request);
    if (verb == NULL) {
        return error_set(error, "this gateway does not know '%s'; is it an older version?",
                         json_string(request, "verb", ""));
    }
    return verb(house, request, answer, error);
}

void control_answer(const struct control_callbacks *house, const char *request, size_t length,
                    struct text *answer)
{
    struct arena *arena = arena_new();
    const struct json *root = NULL;
    int32_t line = 0;
    struct error error;
    struct text fresh = *answer;
    bool is_done = json_parse(arena, request, length, false, &root, &line, &error) &&
                   answer_request(house, root, answer, &error);
    if (is_done && answer->is_cut) {
        is_done = error_set(&error, "the answer is too long");
    }
    if (!is_done) {
        *answer = text_over(fresh.bytes, fresh.size);
        text_add(answer, "{\"ok\":false,\"error\":");
        text_add_json(answer, error.text);
        text_add(answer, "}");
    }
    arena_free(arena);
}
