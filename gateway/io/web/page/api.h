/* api.h - turns a request into its answer: finds the page, checks the caller, calls the page. No
 * HTTP.
 *
 * api_refuse reads only memory and never waits. api_answer may wait for a disk, a password hash or
 * the engine: api_worker names the thread that may call it. A new page is one row of the table in
 * api.c and one function of pages.h. */
#pragma once

#include "gateway/io/web/request/request.h"
#include "gateway/io/web/request/web_context.h"

struct route_match api_find_route(const char *path);

enum route_worker api_worker(const struct request *request);

/* True, with the answer filled: there is no such page, the method is wrong, the body too long, or
 * the session may not read the page. A bearer token is not looked up here. */
bool api_refuse(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer);

/* Finds the caller by cookie or token. False, with the answer filled: the caller is unknown, or its
 * role may not ask. */
bool api_identify(const struct web_context *context, const struct request *request, ms_t now,
                  struct identity *ret_identity, struct answer *answer);

/* Answers a ROUTE_PAGE. */
void api_answer(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer);
