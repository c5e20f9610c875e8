/* route.h - which page a path means. Pure: any string is a path, and one that is nothing has a sentence. */
#pragma once

#include <stdbool.h>

#include "gateway/core/model/event.h"

enum route {
    ROUTE_NONE,  /* no such page: 404 */
    ROUTE_LATER, /* a page that is planned and does not exist yet: 404 */
    ROUTE_ASSET, /* a file of the dashboard, or its front page */
    ROUTE_HEALTHZ,
    ROUTE_METRICS,
    ROUTE_LOGIN,
    ROUTE_LOGOUT,
    ROUTE_SESSION,
    ROUTE_OVERVIEW,
    ROUTE_POINTS,
    ROUTE_HISTORY, /* of one point: `id` */
    ROUTE_INCIDENTS,
    ROUTE_INCIDENT,    /* one: `id` is an id or a code */
    ROUTE_COMMAND,     /* `verb` on the incident `id` */
    ROUTE_MAINTENANCE, /* of the device `id` */
    ROUTE_LINKS,
    ROUTE_OUTPUTS,
    ROUTE_EVENTS,
};

struct route_match {
    enum route route;
    bool is_post;          /* the method it wants; else GET */
    char id[POINT_ID_MAX]; /* "" : none */
    enum command_verb verb;
    const char *sentence; /* of NONE and LATER */
};

struct route_match route_find(const char *path);

const char *command_verb_name(enum command_verb verb); /* "ack" ... as in the path */
