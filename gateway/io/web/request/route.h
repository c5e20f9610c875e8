/* route.h - a row for each page, and the search for the row of a path. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "gateway/core/model/event.h"

enum route_kind {
    ROUTE_PAGE,   /* `answer` writes it */
    ROUTE_ASSET,  /* a file of the dashboard, or its front page */
    ROUTE_EVENTS, /* the event stream */
    ROUTE_ABSENT, /* 404 with `sentence`: no such page, or one that is planned */
};

/* The thread that answers. Each waits for slower things than the one before. */
enum route_worker {
    WORKER_NONE,    /* the web's own thread: nothing is waited for */
    WORKER_VIEW,    /* memory only, but long */
    WORKER_DISK,    /* also tokens, which are looked up there */
    WORKER_COMMAND, /* the engine, up to 2 s */
    WORKER_LOGIN,   /* a password hash, and those before it */
};
enum { ROUTE_WORKER_COUNT = 5 };

enum route_access {
    ACCESS_PUBLIC,     /* nobody is looked up */
    ACCESS_GUEST,      /* a login is looked up, but not needed */
    ACCESS_READ,       /* a role that may read */
    ACCESS_READ_LINKS, /* a role that may read technical pages */
    ACCESS_COMMAND,    /* a role that may give the command `verb` */
};

struct request;
struct page_call;
struct answer;

struct route {
    /* Either plain, or with one wildcard: `*` is one segment that is not empty, `**` any text. */
    const char *path;
    enum route_kind kind;
    bool is_post; /* the method it wants; else GET */
    enum route_worker worker;
    bool (*needs_disk)(const struct request *request); /* then WORKER_DISK at least; NULL: never */
    enum route_access access;
    enum command_verb verb;
    void (*answer)(const struct page_call *call, struct answer *answer);
    const char *sentence;
};

struct route_match {
    const struct route *route;
    char id[POINT_ID_MAX]; /* the text at the wildcard of a page; "": it has none */
};

/* Returns the first of `count` rows that fits the path; the last row must fit every path. A path
 * does not fit a page if its id would be empty or longer than POINT_ID_MAX. */
struct route_match route_find(const struct route *routes, size_t count, const char *path);

/* "ack" ... as in the path and in the API's `may`. */
const char *command_verb_name(enum command_verb verb);
