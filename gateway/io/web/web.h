/* web.h - the dashboard and its JSON: libmicrohttpd in its own thread over snapshot, history and tickets.
 *
 * That thread moves bytes and serves what is in memory; whatever may wait (a password, a command, a disk) is done by
 * worker threads while the connection is suspended, so a hung disk never stops the picture.
 * The only user of microhttpd.h. Nothing from outside is trusted: sizes are limited, ids looked up, bodies parsed by
 * json.h. No CHECK on request data. API.md in this folder is the reference of every route. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/text.h"
#include "gateway/core/model/event.h"
#include "gateway/core/model/policy.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/forward/forward.h"
#include "gateway/io/history/history.h"
#include "gateway/io/sms/sms.h"
#include "gateway/io/snapshot/snapshot.h"
#include "gateway/io/state/state.h"

enum { WEB_CONNECTIONS_MAX = 512, WEB_BODY_MAX = 65536, WEB_EVENTS_MAX = 256 };

struct web_asset {    /* built into the binary, already gzip */
    const char *path; /* "/" "/assets/app.js" */
    const char *type;
    const unsigned char *bytes;
    size_t length;
};

/* A link as the config names it. Its being up is the snapshot's part HEALTH_LINK of that id: without one it is
 * shown as connecting. */
struct web_link {
    const char *id;
    const char *type; /* "tcp" "rtu" */
};

/* What the web needs of the house beyond io, handed over by main. */
struct web_callbacks {
    void *context;
    const struct policy *policy;
    const char *language; /* "zh-CN" */
    const char *version;
    /* Posts a command and waits for its answer up to 2 s. Returns 200, 409 (the sentence says why not) or 503. */
    int (*command)(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX]);
    int32_t link_count;
    const struct web_link *link;
    /* Live state of link i of link_count: the members of a JSON object, without its braces, as API.md says under
     * `GET /api/v1/links`. Called again with more room when it did not fit. */
    void (*add_link)(void *context, int32_t link, struct text *json);
    /* Output i of output_count as a JSON object. */
    int32_t output_count;
    void (*add_output)(void *context, int32_t output, struct text *json);
    /* Extra lines for /metrics. */
    void (*add_metrics)(void *context, struct text *text);
};

struct web_settings {
    char listen[64]; /* "127.0.0.1:8080" "[::1]:8080" "0.0.0.0:8080"; port 0: any */
    char cert_file[256], key_file[256]; /* TLS, "" : none */
    bool is_demo;                       /* user demo/demo, loopback only */
    const struct web_asset *asset;
    int32_t asset_count;
};

struct web_parts {
    struct snapshot *snapshot;
    struct history *history;
    struct state *state;
    struct sms *sms;
    struct forward *const *forward;
    const char *const *store_id; /* of each */
    int32_t forward_count;
    struct auth *auth;
};

struct web;
MUST_CHECK bool web_start(const struct web_settings *settings, const struct web_callbacks *house,
                          const struct web_parts *parts, struct web **ret_web, struct error *error);
void web_stop(struct web *web); /* resumes every suspended client first; NULL is allowed */

/* The port really bound (listen may say 0). */
int web_port(const struct web *web);
