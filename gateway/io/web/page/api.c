#include "gateway/io/web/page/api.h"

#include <stdio.h>
#include <string.h>

#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/page_metrics.h"
#include "gateway/io/web/page/page_overview.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/request_body.h"

static const char json_type[] = "application/json; charset=utf-8";
static const char not_your_role[] = "您的角色没有这项权限";

/* 1. Who may. */

static bool needs_identity(enum route route)
{
    switch (route) {
    case ROUTE_NONE:
    case ROUTE_LATER:
    case ROUTE_ASSET:
    case ROUTE_HEALTHZ:
    case ROUTE_METRICS:
    case ROUTE_LOGIN:
    case ROUTE_LOGOUT:
    case ROUTE_SESSION:
        return false;
    case ROUTE_OVERVIEW:
    case ROUTE_POINTS:
    case ROUTE_HISTORY:
    case ROUTE_INCIDENTS:
    case ROUTE_INCIDENT:
    case ROUTE_COMMAND:
    case ROUTE_MAINTENANCE:
    case ROUTE_LINKS:
    case ROUTE_OUTPUTS:
    case ROUTE_EVENTS:
        return true;
    }
    CHECK(false);
    return true;
}

static bool is_command(const struct request *request)
{
    return request->match.route == ROUTE_COMMAND || request->match.route == ROUTE_MAINTENANCE;
}

static bool may(const struct request *request, enum role role)
{
    if (is_command(request)) {
        return permission_may_command(role, request->match.verb);
    }
    return request->match.route == ROUTE_LINKS ? permission_may_read_links(role)
                                               : permission_may_read(role);
}

static bool find_identity(const struct web_context *context, const struct request *request,
                          ms_t now, struct identity *identity)
{
    return request->bearer[0] != '\0'
               ? auth_token(context->parts.auth, request->bearer, identity)
               : auth_session(context->parts.auth, request->session, now, identity);
}

bool api_identify(const struct web_context *context, const struct request *request, ms_t now,
                  struct identity *ret_identity, struct answer *answer)
{
    if (!find_identity(context, request, now, ret_identity)) {
        answer_refuse(answer, 401, request->bearer[0] != '\0' ? "令牌无效" : "请先登录");
        return false;
    }
    if (!may(request, ret_identity->role)) {
        answer_refuse(answer, 403, not_your_role);
        return false;
    }
    return true;
}

/* 405, 413 or the like, 0 when the request may go on. */
static int refuse_form(const struct request *request, const char **ret_sentence)
{
    bool is_right_method = request->match.is_post ? request->is_post : request->is_get;
    if (request->match.route == ROUTE_NONE || request->match.route == ROUTE_LATER) {
        *ret_sentence = request->match.sentence;
        return 404;
    }
    if (!is_right_method) {
        *ret_sentence = request->match.is_post ? "请使用POST方法" : "请使用GET方法";
        return 405;
    }
    if (request->is_too_long) {
        *ret_sentence = "请求内容太长，最多64 kB";
        return 413;
    }
    if (request->is_post && request->is_cross_site) {
        *ret_sentence = "不接受来自其他网站的操作";
        return 403;
    }
    /* What a cookie vouches for must be something that no plain form of another site can send. */
    if (is_command(request) && request->bearer[0] == '\0' && !request->is_json) {
        *ret_sentence = "Content-Type应当是application/json";
        return 400;
    }
    return 0;
}

bool api_refuse(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer)
{
    const char *sentence = "";
    int status = refuse_form(request, &sentence);
    if (status != 0) {
        answer_refuse(answer, status, sentence);
        return true;
    }
    struct identity identity;
    return needs_identity(request->match.route) && request->bearer[0] == '\0' &&
           !api_identify(context, request, now, &identity, answer);
}

enum api_lane api_lane(const struct request *request)
{
    bool has_bearer = request->bearer[0] != '\0';
    unsigned states = 0;
    switch (request->match.route) {
    case ROUTE_NONE:
    case ROUTE_LATER:
    case ROUTE_ASSET:
    case ROUTE_HEALTHZ:
    case ROUTE_LOGOUT:
        return API_AT_ONCE;
    case ROUTE_SESSION:
    case ROUTE_EVENTS:
        return has_bearer ? API_DISK : API_AT_ONCE;
    case ROUTE_LOGIN:
        return API_LOGIN;
    case ROUTE_COMMAND:
    case ROUTE_MAINTENANCE:
        return API_COMMAND;
    case ROUTE_HISTORY:
    case ROUTE_INCIDENT:
        return API_DISK;
    case ROUTE_INCIDENTS:
        return !has_bearer && page_read_states(request->state, &states) &&
                       (states & 1U << INCIDENT_CLOSED) == 0
                   ? API_VIEW
                   : API_DISK;
    case ROUTE_METRICS:
        return API_VIEW;
    case ROUTE_OVERVIEW:
    case ROUTE_POINTS:
    case ROUTE_LINKS:
    case ROUTE_OUTPUTS:
        return has_bearer ? API_DISK : API_VIEW;
    }
    CHECK(false);
    return API_AT_ONCE;
}

/* 2. Pages without a login. */

static void add_healthz(const struct web_context *context, ms_t now, struct answer *answer)
{
    if (now - snapshot_touched_at(context->parts.snapshot) > API_HEALTH_LIMIT_MS) {
        answer_refuse(answer, 503, "判断引擎已超过5秒没有运转");
        return;
    }
    json_write_open(&answer->body, '{');
    json_write_key_bool(&answer->body, "ok", true);
    json_write_close(&answer->body, '}');
}

static void add_session(const struct web_context *context, const struct request *request, ms_t now,
                        struct text *json)
{
    const struct policy *policy = context->policy;
    struct identity identity;
    bool is_known = find_identity(context, request, now, &identity);
    json_write_open(json, '{');
    json_write_key(json, "user");
    api_json_add_user(json, is_known ? &identity : NULL);
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

static void set_cookie(const struct web_context *context, const char *session, ms_t span,
                       struct answer *answer)
{
    (void) snprintf(answer->cookie, sizeof answer->cookie,
                    "huoyan=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s", session,
                    (int) (span / MS_PER_SECOND), context->has_tls ? "; Secure" : "");
}

static void log_out(const struct web_context *context, const struct request *request,
                    struct answer *answer)
{
    auth_logout(context->parts.auth, request->session);
    set_cookie(context, "", 0, answer);
    answer->status = 204;
}

static void tell_login(const struct web_context *context, enum login login, const char *session,
                       ms_t now, struct answer *answer)
{
    struct identity identity = {0};
    switch (login) {
    case LOGIN_OK:
        set_cookie(context, session, SESSION_SPAN_MS, answer);
        (void) auth_session(context->parts.auth, session, now, &identity);
        json_write_open(&answer->body, '{');
        json_write_key(&answer->body, "user");
        api_json_add_user(&answer->body, &identity);
        json_write_close(&answer->body, '}');
        break;
    case LOGIN_WRONG:
        answer_refuse(answer, 401, "用户名或密码不对");
        break;
    case LOGIN_SLOW_DOWN:
        answer_refuse(answer, 429, "错误次数太多，请5分钟后再试");
        break;
    case LOGIN_BUSY:
        answer_refuse(answer, 503, "正在登录的人太多，请稍后再试");
        break;
    }
}

static void log_in(const struct web_context *context, const struct request *request, ms_t now,
                   struct answer *answer)
{
    struct request_login body;
    struct error error;
    if (!request_body_read_login(request->body.bytes, request->body.length, &body, &error)) {
        answer_refuse(answer, 400, error.text);
        return;
    }
    char session[SECRET_TEXT] = "";
    enum login login =
        auth_login(context->parts.auth, body.user, body.password, request->address, now, session);
    tell_login(context, login, session, now, answer);
    secret_wipe(&body, sizeof body);
}

/* 3. Pages with one. */

static void answer_known(const struct web_context *context, const struct request *request, ms_t now,
                         const struct identity *identity, struct answer *answer)
{
    struct permission permission = permission_of(context->policy, identity);
    switch (request->match.route) {
    case ROUTE_OVERVIEW:
        page_overview_add(&answer->body, context, identity, now);
        break;
    case ROUTE_POINTS:
        page_points(context, request, &permission, answer);
        break;
    case ROUTE_HISTORY:
        page_history(context, request, &permission, now, answer);
        break;
    case ROUTE_INCIDENTS:
        page_incidents(context, request, &permission, answer);
        break;
    case ROUTE_INCIDENT:
        page_incident(context, request, &permission, answer);
        break;
    case ROUTE_COMMAND:
        page_command(context, request, identity, answer);
        break;
    case ROUTE_MAINTENANCE:
        page_maintenance(context, request, identity, answer);
        break;
    case ROUTE_LINKS:
        page_links(context, answer);
        break;
    case ROUTE_OUTPUTS:
        page_outputs(context, &permission, answer);
        break;
    case ROUTE_NONE:
    case ROUTE_LATER:
    case ROUTE_ASSET:
    case ROUTE_HEALTHZ:
    case ROUTE_METRICS:
    case ROUTE_LOGIN:
    case ROUTE_LOGOUT:
    case ROUTE_SESSION:
    case ROUTE_EVENTS:
        CHECK(false);
        break;
    }
}

/* True: it was a page that needs no login. */
static bool answer_anyone(const struct web_context *context, const struct request *request,
                          ms_t now, struct answer *answer)
{
    switch (request->match.route) {
    case ROUTE_HEALTHZ:
        add_healthz(context, now, answer);
        return true;
    case ROUTE_METRICS:
        answer->type = "text/plain; version=0.0.4; charset=utf-8";
        page_metrics_add(&answer->body, context, now);
        return true;
    case ROUTE_LOGIN:
        log_in(context, request, now, answer);
        return true;
    case ROUTE_LOGOUT:
        log_out(context, request, answer);
        return true;
    case ROUTE_SESSION:
        add_session(context, request, now, &answer->body);
        return true;
    case ROUTE_NONE:
    case ROUTE_LATER:
    case ROUTE_ASSET:
    case ROUTE_OVERVIEW:
    case ROUTE_POINTS:
    case ROUTE_HISTORY:
    case ROUTE_INCIDENTS:
    case ROUTE_INCIDENT:
    case ROUTE_COMMAND:
    case ROUTE_MAINTENANCE:
    case ROUTE_LINKS:
    case ROUTE_OUTPUTS:
    case ROUTE_EVENTS:
        return false;
    }
    CHECK(false);
    return false;
}

void api_answer(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer)
{
    answer->status = 200;
    answer->type = json_type;
    struct identity identity;
    if (!answer_anyone(context, request, now, answer) &&
        api_identify(context, request, now, &identity, answer)) {
        answer_known(context, request, now, &identity, answer);
    }
    if (answer->body.is_cut) {
        answer_refuse(answer, 503, "结果太长，请缩小范围");
    }
}
