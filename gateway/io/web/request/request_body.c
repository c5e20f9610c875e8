#include "gateway/io/web/request/request_body.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/json_fields.h"

static bool refuse_unknown_member(const struct json *root, const char *known, struct error *error)
{
    char nearest[SUGGEST_WORD_MAX];
    const struct json *member = json_fields_find_unknown(root, known, nearest);
    if (member == NULL) {
        return true;
    }
    return nearest[0] != '\0'
               ? error_set(error, "请求内容中没有“%s”这一项，是不是“%s”？", member->key, nearest)
               : error_set(error, "请求内容中没有“%s”这一项，可以写：%s", member->key, known);
}

/* Parses an object with members of these names only. */
static bool parse_body(struct arena *arena, const char *bytes, size_t length, const char *known,
                       const struct json **ret_root, struct error *error)
{
    int32_t line = 0;
    struct error why;
    if (!json_parse(arena, length == 0 ? "" : bytes, length, false, ret_root, &line, &why)) {
        /* `why` is in English, like config files. */
        return error_set(error, "请求内容第%d行附近不是合法的JSON", line);
    }
    if ((*ret_root)->type != JSON_OBJECT) {
        return error_set(error, "请求内容应当是一个JSON对象");
    }
    return refuse_unknown_member(*ret_root, known, error);
}

/* False: there is no such string, or it is too long for `size`. */
static bool copy_body_string(const struct json *root, const char *key, char *to, size_t size)
{
    const struct json *value = json_find(root, key);
    if (value == NULL || value->type != JSON_STRING || strlen(value->string) >= size) {
        return false;
    }
    (void) snprintf(to, size, "%s", value->string);
    return true;
}

static bool read_login(const struct json *root, struct request_login *login, struct error *error)
{
    if (!copy_body_string(root, "user", login->user, sizeof login->user) ||
        login->user[0] == '\0') {
        return error_set(error, "请填写用户名（user）");
    }
    if (!copy_body_string(root, "password", login->password, sizeof login->password) ||
        login->password[0] == '\0') {
        return error_set(error, "请填写密码（password）");
    }
    return true;
}

bool request_body_read_login(const char *bytes, size_t length, struct request_login *ret_login,
                             struct error *error)
{
    struct arena *arena = arena_new();
    const struct json *root = NULL;
    struct request_login login = {0};
    bool is_good = parse_body(arena, bytes, length, "user password", &root, error) &&
                   read_login(root, &login, error);
    if (is_good) {
        *ret_login = login;
    }
    secret_wipe(&login, sizeof login);
    arena_free(arena);
    return is_good;
}

static bool read_note(const struct json *root, char to[static REQUEST_NOTE_MAX],
                      struct error *error)
{
    const struct json *note = json_find(root, "note");
    if (note == NULL || note->type == JSON_NULL) {
        to[0] = '\0';
        return true;
    }
    return copy_body_string(root, "note", to, REQUEST_NOTE_MAX) ||
           error_set(error, "备注（note）应当是文字，最多%d字节", REQUEST_NOTE_MAX - 1);
}

bool request_body_read_note(const char *bytes, size_t length,
                            char ret_note[static REQUEST_NOTE_MAX], struct error *error)
{
    if (length == 0) {
        ret_note[0] = '\0';
        return true;
    }
    struct arena *arena = arena_new();
    const struct json *root = NULL;
    bool is_good =
        parse_body(arena, bytes, length, "note", &root, error) && read_note(root, ret_note, error);
    arena_free(arena);
    return is_good;
}

static bool read_until(const struct json *root, char to[static REQUEST_MOMENT_MAX],
                       struct error *error)
{
    const struct json *until = json_find(root, "until");
    if (until != NULL && until->type == JSON_NULL) {
        to[0] = '\0';
        return true;
    }
    if (until != NULL && until->type == JSON_NUMBER && until->number > 0) {
        (void) snprintf(to, REQUEST_MOMENT_MAX, "%.0f", until->number);
        return true;
    }
    return (copy_body_string(root, "until", to, REQUEST_MOMENT_MAX) && to[0] != '\0') ||
           error_set(error, "请写明检修的结束时间（until），结束检修时写null");
}

bool request_body_read_maintenance(const char *bytes, size_t length,
                                   struct request_maintenance *ret_maintenance, struct error *error)
{
    struct arena *arena = arena_new();
    const struct json *root = NULL;
    bool is_good = parse_body(arena, bytes, length, "until note", &root, error) &&
                   read_until(root, ret_maintenance->until, error) &&
                   read_note(root, ret_maintenance->note, error);
    arena_free(arena);
    return is_good;
}
