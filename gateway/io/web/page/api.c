#include "gateway/io/web/page/api.h"

#include <string.h>

#include "gateway/io/web/page/pages.h"

#define GET(where, thread, who, page)                                          \
    {                                                                          \
        .path = (where), .worker = (thread), .access = (who), .answer = (page) \
    }
#define POST(where, thread, who, page)                                                          \
    {                                                                                           \
        .path = (where), .is_post = true, .worker = (thread), .access = (who), .answer = (page) \
    }
#define COMMAND(where, what, page)                                                            \
    {                                                                                         \
        .path = (where), .is_post = true, .worker = WORKER_COMMAND, .access = ACCESS_COMMAND, \
        .verb = (what), .answer = (page)                                                      \
    }
#define ABSENT(where, why)                                       \
    {                                                            \
        .path = (where), .kind = ROUTE_ABSENT, .sentence = (why) \
    }

/* The first row that fits counts. */
static const struct route routes[] = {
    GET("/healthz", WORKER_NONE, ACCESS_PUBLIC, page_healthz),
    GET("/metrics", WORKER_VIEW, ACCESS_PUBLIC, page_metrics),
    GET("/api/v1/session", WORKER_NONE, ACCESS_GUEST, page_session),
    POST("/api/v1/login", WORKER_LOGIN, ACCESS_PUBLIC, page_login),
    POST("/api/v1/logout", WORKER_NONE, ACCESS_PUBLIC, page_logout),
    GET("/api/v1/overview", WORKER_VIEW, ACCESS_READ, page_overview),
    GET("/api/v1/points", WORKER_VIEW, ACCESS_READ, page_points),
    GET("/api/v1/points/**/history", WORKER_DISK, ACCESS_READ, page_history),
    {.path = "/api/v1/incidents",
     .worker = WORKER_VIEW,
     .needs_disk = page_incidents_need_disk,
     .access = ACCESS_READ,
     .answer = page_incidents},
    GET("/api/v1/incidents/*", WORKER_DISK, ACCESS_READ, page_incident),
    COMMAND("/api/v1/incidents/*/ack", COMMAND_ACK, page_command),
    COMMAND("/api/v1/incidents/*/arrive", COMMAND_ARRIVE, page_command),
    COMMAND("/api/v1/incidents/*/rectify", COMMAND_RECTIFY, page_command),
    COMMAND("/api/v1/incidents/*/reinspect", COMMAND_REINSPECT, page_command),
    COMMAND("/api/v1/incidents/*/close", COMMAND_CLOSE, page_command),
    COMMAND("/api/v1/incidents/*/comment", COMMAND_COMMENT, page_command),
    ABSENT("/api/v1/incidents/*/reject", "驳回、搁置和重新打开在这个版本中尚未提供"),
    ABSENT("/api/v1/incidents/*/shelve", "驳回、搁置和重新打开在这个版本中尚未提供"),
    ABSENT("/api/v1/incidents/*/reopen", "驳回、搁置和重新打开在这个版本中尚未提供"),
    COMMAND("/api/v1/devices/**/maintenance", COMMAND_MAINTAIN, page_maintenance),
    GET("/api/v1/links", WORKER_VIEW, ACCESS_READ_LINKS, page_links),
    GET("/api/v1/outputs", WORKER_VIEW, ACCESS_READ, page_outputs),
    {.path = "/api/v1/events", .kind = ROUTE_EVENTS, .access = ACCESS_READ},
    ABSENT("/api/v1/photos", "照片上传在这个版本中尚未提供"),
    ABSENT("/api/v1/write", "数据写入接口在这个版本中尚未提供"),
    ABSENT("/api/v1/sms/**", "短信平台回执接口在这个版本中尚未提供"),
    ABSENT("/api", "没有这个页面"),
    ABSENT("/api/**", "没有这个页面"),
    ABSENT("/m/**", "手机处置页面在这个版本中尚未提供"),
    {.path = "/**", .kind = ROUTE_ASSET, .access = ACCESS_PUBLIC},
    ABSENT("**", "没有这个页面"), /* a path that does not begin with a slash */
};

struct route_match api_find_route(const char *path)
{
    return route_find(routes, sizeof routes / sizeof routes[0], path);
}

static bool needs_identity(const struct route *route)
{
    return route->access != ACCESS_PUBLIC && route->access != ACCESS_GUEST;
}

static bool may_ask(const struct route *route, enum role role)
{
    switch (route->access) {
    case ACCESS_PUBLIC:
    case ACCESS_GUEST:
        return true;
    case ACCESS_READ:
        return permission_may_read(role);
    case ACCESS_READ_LINKS:
        return permission_may_read_links(role);
    case ACCESS_COMMAND:
        return permission_may_command(role, route->verb);
    }
    CHECK(false);
    return false;
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
    if (!may_ask(request->match.route, ret_identity->role)) {
        answer_refuse(answer, 403, "您的角色没有这项权限");
        return false;
    }
    return true;
}

/* True, with the answer filled: the form of the request is wrong. */
static bool refuse_form(const struct request *request, struct answer *answer)
{
    const struct route *route = request->match.route;
    /* A plain form of another site sends the cookie too, but cannot send the type of JSON. */
    bool may_be_forged =
        route->access == ACCESS_COMMAND && request->bearer[0] == '\0' && !request->is_json;
    const struct {
        bool is_wrong;
        int status;
        const char *sentence;
    } checks[] = {
        {route->kind == ROUTE_ABSENT, 404, route->sentence},
        {route->is_post && !request->is_post, 405, "请使用POST方法"},
        {!route->is_post && !request->is_get, 405, "请使用GET方法"},
        {request->is_too_long, 413, "请求内容太长，最多64 kB"},
        {request->is_post && request->is_cross_site, 403, "不接受来自其他网站的操作"},
        {may_be_forged, 400, "Content-Type应当是application/json"},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (checks[i].is_wrong) {
            answer_refuse(answer, checks[i].status, checks[i].sentence);
            return true;
        }
    }
    return false;
}

bool api_refuse(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer)
{
    struct identity identity;
    return refuse_form(request, answer) ||
           (needs_identity(request->match.route) && request->bearer[0] == '\0' &&
            !api_identify(context, request, now, &identity, answer));
}

enum route_worker api_worker(const struct request *request)
{
    const struct route *route = request->match.route;
    bool has_token = request->bearer[0] != '\0' && route->access != ACCESS_PUBLIC;
    bool needs_disk = has_token || (route->needs_disk != NULL && route->needs_disk(request));
    return needs_disk && route->worker < WORKER_DISK ? WORKER_DISK : route->worker;
}

/* Sets the caller's identity. False, with the answer filled: the caller may not ask. */
static bool identify_caller(struct page_call *call, struct identity *identity,
                            struct answer *answer)
{
    const struct route *route = call->request->match.route;
    if (needs_identity(route)) {
        if (!api_identify(call->context, call->request, call->now, identity, answer)) {
            return false;
        }
        call->identity = identity;
        call->permission = permission_of(call->context->policy, identity);
    } else if (route->access == ACCESS_GUEST &&
               find_identity(call->context, call->request, call->now, identity)) {
        call->identity = identity;
    }
    return true;
}

void api_answer(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer)
{
    struct page_call call = {.context = context, .request = request, .now = now};
    struct identity identity;
    answer->status = 200;
    answer->type = ANSWER_JSON;
    if (identify_caller(&call, &identity, answer)) {
        request->match.route->answer(&call, answer);
    }
    if (answer->body.is_cut) {
        answer_refuse(answer, 503, "结果太长，请缩小范围");
    }
}
