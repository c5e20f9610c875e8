/* page_session.c - the session of the caller; login and logout. */
#include <stdio.h>

#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/request_body.h"

void page_session(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    const struct policy *policy = context->policy;
    struct text *json = &answer->body;
    json_write_open(json, '{');
    json_write_key(json, "user");
    api_json_add_user(json, call->identity);
    json_write_key_bool(json, "has_users", auth_has_users(context->parts.auth));
    json_write_key_bool(json, "demo", context->is_demo);
    json_write_key_open(json, "gateway", '{');
    json_write_key_string(json, "id", policy->gateway_id);
    json_write_key_string(json, "name", policy->gateway_name);
    json_write_key_string(json, "version", context->callbacks.version);
    json_write_close(json, '}');
    json_write_key_string(json, "language", context->callbacks.language);
    json_write_close(json, '}');
}

static void set_cookie(const char *session, ms_t span, struct answer *answer)
{
    (void) snprintf(answer->cookie, sizeof answer->cookie,
                    "huoyan=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict", session,
                    (int) (span / MS_PER_SECOND));
}

void page_logout(const struct page_call *call, struct answer *answer)
{
    auth_logout(call->context->parts.auth, call->request->session);
    set_cookie("", 0, answer);
    answer->status = 204;
}

static void answer_login(const struct page_call *call, enum login login, const char *session,
                         struct answer *answer)
{
    static const struct {
        int status;
        const char *sentence;
    } refusals[] = {[LOGIN_WRONG] = {401, "用户名或密码不对"},
                    [LOGIN_SLOW_DOWN] = {429, "错误次数太多，请5分钟后再试"},
                    [LOGIN_BUSY] = {503, "正在登录的人太多，请稍后再试"}};
    if (login != LOGIN_OK) {
        answer_refuse(answer, refusals[login].status, refusals[login].sentence);
        return;
    }
    struct identity identity = {0};
    set_cookie(session, SESSION_SPAN_MS, answer);
    (void) auth_session(call->context->parts.auth, session, call->now, &identity);
    json_write_open(&answer->body, '{');
    json_write_key(&answer->body, "user");
    api_json_add_user(&answer->body, &identity);
    json_write_close(&answer->body, '}');
}

void page_login(const struct page_call *call, struct answer *answer)
{
    const struct request *request = call->request;
    struct request_login body;
    struct error error;
    if (!request_body_read_login(request->body.bytes, request->body.length, &body, &error)) {
        answer_refuse(answer, 400, error.text);
        return;
    }
    char session[SECRET_TEXT] = "";
    enum login login = auth_login(call->context->parts.auth, body.user, body.password,
                                  request->address, call->now, session);
    answer_login(call, login, session, answer);
    secret_wipe(&body, sizeof body);
}
