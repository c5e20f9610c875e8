#include "gateway/io/web/request/route.h"

#include <assert.h>
#include <string.h>

const char *command_verb_name(enum command_verb verb)
{
    static const char *const names[] = {
        [COMMAND_ACK] = "ack",           [COMMAND_ARRIVE] = "arrive",
        [COMMAND_RECTIFY] = "rectify",   [COMMAND_REINSPECT] = "reinspect",
        [COMMAND_CLOSE] = "close",       [COMMAND_COMMENT] = "comment",
        [COMMAND_TEST_SMS] = "test_sms", [COMMAND_MAINTAIN] = "maintenance"};
    static_assert(sizeof names / sizeof names[0] == COMMAND_VERB_COUNT, "a name for each verb");
    return names[verb];
}

/* Finds the text of `path` at the wildcard of `pattern`. False: the path does not fit. */
static bool match_wildcard(const char *pattern, const char *path, const char **ret_id,
                           size_t *ret_length)
{
    size_t head = strcspn(pattern, "*");
    size_t stars = strspn(pattern + head, "*");
    size_t tail = strlen(pattern + head + stars);
    size_t length = strlen(path);
    if (length < head + tail || strncmp(path, pattern, head) != 0 ||
        strcmp(path + length - tail, pattern + head + stars) != 0) {
        return false;
    }
    *ret_id = path + head;
    *ret_length = length - head - tail;
    bool is_segment = *ret_length > 0 && memchr(*ret_id, '/', *ret_length) == NULL;
    return stars == 2 || (stars == 1 ? is_segment : *ret_length == 0);
}

static bool match_route(const struct route *route, const char *path, struct route_match *match)
{
    const char *id = "";
    size_t length = 0;
    if (!match_wildcard(route->path, path, &id, &length)) {
        return false;
    }
    *match = (struct route_match){.route = route};
    if (route->kind != ROUTE_PAGE || strchr(route->path, '*') == NULL) {
        return true;
    }
    if (length == 0 || length >= sizeof match->id) {
        return false;
    }
    memcpy(match->id, id, length);
    return true;
}

struct route_match route_find(const struct route *routes, size_t count, const char *path)
{
    struct route_match match = {0};
    for (size_t i = 0; i < count; i++) {
        if (match_route(&routes[i], path, &match)) {
            return match;
        }
    }
    CHECK(false);
    return match;
}
