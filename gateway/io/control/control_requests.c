/* control_requests.c - carries out the requests of control.h. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json_fields.h"
#include "gateway/base/json_write.h"
#include "gateway/base/memory.h"
#include "gateway/base/utf8.h"
#include "gateway/io/control/control.h"
#include "gateway/io/state/state_users.h"
#include "gateway/io/system/clock.h"

struct control_call {
    const struct control_callbacks *callbacks;
    const struct json *request;
    struct text *answer;
};

/* An absent member is "". */
static bool read_text_member(const struct json *request, const char *key, char *to, size_t size,
                             struct error *error)
{
    const struct json *value = json_find(request, key);
    bool is_absent = value == NULL || value->type == JSON_NULL;
    if (!is_absent && (value->type != JSON_STRING || strlen(value->string) >= size)) {
        return error_set(error, "'%s' must be text of at most %zu bytes", key, size - 1);
    }
    text_copy(to, size, is_absent ? "" : value->string);
    return true;
}

static bool is_user_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if ((unsigned char) *at <= ' ' || *at == 0x7f || *at == '"' || *at == '\\') {
            return false;
        }
    }
    return name[0] != '\0' && utf8_is_valid(name, strlen(name));
}

static bool read_user_name(const struct json *request, char to[static USER_NAME_MAX],
                           struct error *error)
{
    return read_text_member(request, "name", to, USER_NAME_MAX, error) &&
           (is_user_name(to) || error_set(error, "a name has 1 to %d bytes and no blanks or quotes",
                                          USER_NAME_MAX - 1));
}

static bool read_role_member(const struct json *request, enum role *ret_role, struct error *error)
{
    char name[16]; /* the longest has 10 */
    return read_text_member(request, "role", name, sizeof name, error) &&
           (role_find(name, ret_role) ||
            error_set(error,
                      "there is no role '%s'; there are viewer, grid, inspector, technician, "
                      "admin and, for tokens, source",
                      name));
}

static bool read_password_hash(const struct json *request, char to[static PASSWORD_HASH_MAX],
                               struct error *error)
{
    return read_text_member(request, "hash", to, PASSWORD_HASH_MAX, error) &&
           (strncmp(to, "$argon2id$", 10) == 0 ||
            error_set(error, "'hash' must be an argon2id hash"));
}

static bool store_user(const struct control_callbacks *callbacks, const struct state_account *user,
                       bool may_replace, struct error *error)
{
    if (!state_account_put(callbacks->state, STATE_USERS, user, may_replace, error)) {
        return false;
    }
    if (callbacks->auth != NULL) {
        auth_end_sessions(callbacks->auth, user->name);
    }
    return true;
}

static bool carry_user_put(const struct control_call *call, struct error *error)
{
    struct state_account user = {.created_at = clock_ms()};
    if (!read_user_name(call->request, user.name, error) ||
        !read_role_member(call->request, &user.role, error) ||
        !read_text_member(call->request, "person", user.person, sizeof user.person, error) ||
        !read_password_hash(call->request, user.hash, error)) {
        return false;
    }
    if (user.role == ROLE_SOURCE) {
        return error_set(error, "the role 'source' is for tokens, not for people");
    }
    const struct json *replace = json_find(call->request, "replace");
    bool may_replace = replace != NULL && replace->type == JSON_BOOL && replace->boolean;
    return store_user(call->callbacks, &user, may_replace, error);
}

static bool carry_user_password(const struct control_call *call, struct error *error)
{
    char name[USER_NAME_MAX] = "";
    struct state_account user;
    if (!read_user_name(call->request, name, error)) {
        return false;
    }
    if (!state_account_get(call->callbacks->state, STATE_USERS, name, &user)) {
        return error_set(error, "there is no user '%s'", name);
    }
    return read_password_hash(call->request, user.hash, error) &&
           store_user(call->callbacks, &user, true, error);
}

static bool carry_token_put(const struct control_call *call, struct error *error)
{
    struct state_account token = {.created_at = clock_ms()};
    if (!read_user_name(call->request, token.name, error) ||
        !read_role_member(call->request, &token.role, error) ||
        !read_text_member(call->request, "hash", token.hash, TOKEN_HASH_MAX, error)) {
        return false;
    }
    if (strspn(token.hash, "0123456789abcdef") != TOKEN_HASH_MAX - 1) {
        return error_set(error, "'hash' must be a SHA-256 in hex");
    }
    return state_account_put(call->callbacks->state, STATE_TOKENS, &token, false, error);
}

static bool list_accounts(const struct control_call *call, enum state_accounts kind)
{
    struct state_account *accounts = memory_take(CONTROL_USERS_MAX, sizeof *accounts);
    int32_t count = state_account_list(call->callbacks->state, kind, accounts, CONTROL_USERS_MAX);
    json_write_key_open(call->answer, kind == STATE_USERS ? "users" : "tokens", '[');
    for (int32_t i = 0; i < count; i++) {
        json_write_open(call->answer, '{');
        json_write_key_string(call->answer, "name", accounts[i].name);
        json_write_key_string(call->answer, "role", role_name(accounts[i].role));
        if (kind == STATE_USERS) {
            json_write_key_string(call->answer, "person", accounts[i].person);
        }
        json_write_key_int(call->answer, "created_at", accounts[i].created_at);
        json_write_close(call->answer, '}');
    }
    json_write_close(call->answer, ']');
    free(accounts);
    return true;
}

static bool carry_user_list(const struct control_call *call, struct error *error)
{
    (void) error;
    return list_accounts(call, STATE_USERS);
}

static bool carry_token_list(const struct control_call *call, struct error *error)
{
    (void) error;
    return list_accounts(call, STATE_TOKENS);
}

static bool carry_sms_test(const struct control_call *call, struct error *error)
{
    char person[ID_MAX];
    char text[ANSWER_MAX] = "";
    if (!read_text_member(call->request, "person", person, sizeof person, error)) {
        return false;
    }
    if (call->callbacks->command == NULL) {
        return error_set(error, "the gateway does not run: start it with 'huoyan run' first");
    }
    const struct event_command command = {
        .verb = COMMAND_TEST_SMS, .actor = "cli", .person = "", .channel = "cli", .note = person};
    if (call->callbacks->command(call->callbacks->context, &command, text) != 200) {
        return error_set(error, "%s", text);
    }
    json_write_key_string(call->answer, "text", text);
    return true;
}

static const struct control_verb {
    const char *name;
    const char *members; /* of its requests */
    bool (*carry_out)(const struct control_call *call, struct error *error);
} verbs[] = {{"user.put", "verb name role person hash replace", carry_user_put},
             {"user.password", "verb name hash", carry_user_password},
             {"user.list", "verb", carry_user_list},
             {"token.put", "verb name role hash", carry_token_put},
             {"token.list", "verb", carry_token_list},
             {"sms.test", "verb person", carry_sms_test}};

static const struct control_verb *find_control_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static bool answer_request(const struct control_call *call, struct error *error)
{
    char nearest[SUGGEST_WORD_MAX];
    if (call->request->type != JSON_OBJECT) {
        return error_set(error, "the request must be a JSON object");
    }
    const char *name = json_string(call->request, "verb", "");
    const struct control_verb *verb = find_control_verb(name);
    if (verb == NULL) {
        return error_set(error, "this gateway does not know '%s'; is it an older version?", name);
    }
    const struct json *unknown = json_fields_find_unknown(call->request, verb->members, nearest);
    if (unknown == NULL) {
        return verb->carry_out(call, error);
    }
    return nearest[0] == '\0' ? error_set(error, "'%s' has no member '%s'", name, unknown->key)
                              : error_set(error, "'%s' has no member '%s', did you mean '%s'?",
                                          name, unknown->key, nearest);
}

void control_answer(const struct control_callbacks *callbacks, const char *request, size_t length,
                    struct text *answer)
{
    struct arena *arena = arena_new();
    struct control_call call = {.callbacks = callbacks, .answer = answer};
    int32_t line = 0;
    struct error error;
    struct text fresh = *answer;
    json_write_open(answer, '{');
    json_write_key_bool(answer, "ok", true);
    bool is_done = json_parse(arena, request, length, false, &call.request, &line, &error) &&
                   answer_request(&call, &error);
    json_write_close(answer, '}');
    if (is_done && answer->is_cut) {
        is_done = error_set(&error, "the answer is too long");
    }
    if (!is_done) {
        *answer = text_over(fresh.bytes, fresh.size);
        json_write_open(answer, '{');
        json_write_key_bool(answer, "ok", false);
        json_write_key_string(answer, "error", error.text);
        json_write_close(answer, '}');
    }
    arena_free(arena);
}
