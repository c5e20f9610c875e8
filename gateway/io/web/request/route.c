#include "gateway/io/web/request/route.h"

#include <stdio.h>
#include <string.h>

struct fixed {
    const char *path;
    enum route route;
    bool is_post;
};

static const struct fixed fixed[] = {
    {"/healthz", ROUTE_HEALTHZ, false},        {"/metrics", ROUTE_METRICS, false},
    {"/api/v1/login", ROUTE_LOGIN, true},      {"/api/v1/logout", ROUTE_LOGOUT, true},
    {"/api/v1/session", ROUTE_SESSION, false}, {"/api/v1/overview", ROUTE_OVERVIEW, false},
    {"/api/v1/points", ROUTE_POINTS, false},   {"/api/v1/incidents", ROUTE_INCIDENTS, false},
    {"/api/v1/outputs", ROUTE_OUTPUTS, false}, {"/api/v1/links", ROUTE_LINKS, false},
    {"/api/v1/events", ROUTE_EVENTS, false},
};

static const char no_such_page[] = "没有这个页面";

static struct route_match no_page(void)
{
    return (struct route_match){.route = ROUTE_NONE, .sentence = no_such_page};
}

static struct route_match later(const char *sentence)
{
    return (struct route_match){.route = ROUTE_LATER, .sentence = sentence};
}

const char *command_verb_name(enum command_verb verb)
{
    switch (verb) {
    case COMMAND_ACK:
        return "ack";
    case COMMAND_ARRIVE:
        return "arrive";
    case COMMAND_RECTIFY:
        return "rectify";
    case COMMAND_REINSPECT:
        return "reinspect";
    case COMMAND_CLOSE:
        return "close";
    case COMMAND_COMMENT:
        return "comment";
    case COMMAND_TEST_SMS:
        return "test_sms";
    case COMMAND_MAINTAIN:
        return "maintenance";
    }
    CHECK(false);
    return "";
}

/* What follows `prefix`, or NULL. */
static const char *after(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(path, prefix, length) == 0 ? path + length : NULL;
}

static bool set_id(struct route_match *match, const char *id, size_t length)
{
    if (length == 0 || length >= sizeof match->id) {
        return false;
    }
    memcpy(match->id, id, length);
    match->id[length] = '\0';
    return true;
}

/* SITE/DEVICE/KEY/history */
static struct route_match find_history(const char *rest)
{
    static const char ending[] = "/history";
    size_t length = strlen(rest);
    size_t tail = strlen(ending);
    struct route_match match = {.route = ROUTE_HISTORY};
    if (length <= tail || strcmp(rest + length - tail, ending) != 0 ||
        !set_id(&match, rest, length - tail)) {
        return no_page();
    }
    return match;
}

static struct route_match find_verb(struct route_match match, const char *name)
{
    static const enum command_verb verbs[] = {COMMAND_ACK,       COMMAND_ARRIVE, COMMAND_RECTIFY,
                                              COMMAND_REINSPECT, COMMAND_CLOSE,  COMMAND_COMMENT};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(name, command_verb_name(verbs[i])) == 0) {
            match.route = ROUTE_COMMAND;
            match.is_post = true;
            match.verb = verbs[i];
            return match;
        }
    }
    if (strcmp(name, "reject") == 0 || strcmp(name, "shelve") == 0 || strcmp(name, "reopen") == 0) {
        return later("驳回、搁置和重新打开在这个版本中尚未提供");
    }
    return no_page();
}

/* {id or code}[/VERB] */
static struct route_match find_incident(const char *rest)
{
    const char *slash = strchr(rest, '/');
    size_t length = slash == NULL ? strlen(rest) : (size_t) (slash - rest);
    struct route_match match = {.route = ROUTE_INCIDENT};
    if (!set_id(&match, rest, length)) {
        return no_page();
    }
    return slash == NULL ? match : find_verb(match, slash + 1);
}

/* SITE/DEVICE/maintenance */
static struct route_match find_maintenance(const char *rest)
{
    static const char ending[] = "/maintenance";
    size_t length = strlen(rest);
    size_t tail = strlen(ending);
    struct route_match match = {
        .route = ROUTE_MAINTENANCE, .is_post = true, .verb = COMMAND_MAINTAIN};
    if (length <= tail || strcmp(rest + length - tail, ending) != 0 ||
        !set_id(&match, rest, length - tail)) {
        return no_page();
    }
    return match;
}

static struct route_match find_api(const char *path)
{
    const char *rest = after(path, "/api/v1/points/");
    if (rest != NULL) {
        return find_history(rest);
    }
    rest = after(path, "/api/v1/devices/");
    if (rest != NULL) {
        return find_maintenance(rest);
    }
    rest = after(path, "/api/v1/incidents/");
    if (rest != NULL) {
        return find_incident(rest);
    }
    if (strcmp(path, "/api/v1/photos") == 0) {
        return later("照片上传在这个版本中尚未提供");
    }
    if (strcmp(path, "/api/v1/write") == 0) {
        return later("数据写入接口在这个版本中尚未提供");
    }
    if (after(path, "/api/v1/sms/") != NULL) {
        return later("短信平台回执接口在这个版本中尚未提供");
    }
    return no_page();
}

struct route_match route_find(const char *path)
{
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(path, fixed[i].path) == 0) {
            return (struct route_match){.route = fixed[i].route, .is_post = fixed[i].is_post};
        }
    }
    if (after(path, "/api/") != NULL || strcmp(path, "/api") == 0) {
        return find_api(path);
    }
    if (after(path, "/m/") != NULL) {
        return later("手机处置页面在这个版本中尚未提供");
    }
    if (path[0] != '/') {
        return no_page();
    }
    return (struct route_match){.route = ROUTE_ASSET};
}
