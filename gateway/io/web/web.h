/* web.h - the dashboard and its API: libmicrohttpd in its own thread.
 *
 * That thread moves bytes and serves answers from memory. Passwords, commands and disk reads may
 * wait: worker threads do them while the connection is suspended. So a hung disk does not stop the
 * live view.
 *
 * The only user of microhttpd.h. Nothing from outside is trusted: sizes are limited, ids looked
 * up, bodies parsed by json.h. No CHECK on request data. API.md in this folder describes every
 * route. */
#pragma once

#include "gateway/io/web/asset.h"
#include "gateway/io/web/event_stream.h"
#include "gateway/io/web/request/web_context.h"

enum { WEB_CONNECTIONS_MAX = 512 };

struct web_settings {
    const char *listen; /* "127.0.0.1:8080" "[::1]:8080" "0.0.0.0:8080"; port 0: any */
    bool is_demo;       /* user demo/demo, loopback only */
    const struct web_asset *asset;
    int32_t asset_count;
};

struct web;
MUST_CHECK bool web_start(const struct web_settings *settings,
                          const struct web_callbacks *callbacks, const struct web_parts *parts,
                          struct web **ret_web, struct error *error);
void web_stop(struct web *web); /* answers suspended clients first; NULL is allowed */

/* The port really bound (listen may say 0). */
int web_port(const struct web *web);
