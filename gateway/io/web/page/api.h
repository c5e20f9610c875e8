/* api.h - from a request to its answer, without a word of HTTP: which page, who may ask, what comes back.
 *
 * api_refuse looks only at memory and never waits. api_answer may wait for a disk, a hash or the engine: api_worker
 * says which thread may call it. A new page is a row of the table in api.c and a function of pages.h. */
#pragma once

#include "gateway/io/web/request/request.h"
#include "gateway/io/web/request/web_context.h"

struct route_match api_find_route(const char *path);

enum route_worker api_worker(const struct request *request);

/* True when the answer is no already: no such page, wrong method, too long, not logged in, not your role. A bearer
 * token is not asked about here. */
bool api_refuse(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer);

/* Who asks, by cookie or token. False and the answer filled: nobody we know, or a role that may not read. */
bool api_identify(const struct web_context *context, const struct request *request, ms_t now,
                  struct identity *ret_identity, struct answer *answer);

/* Answers a ROUTE_PAGE. */
void api_answer(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer);
