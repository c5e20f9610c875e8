/* api.h - from a request to its answer, without a word of HTTP: who may, which page, what comes back.
 *
 * api_refuse looks only at memory and never waits. api_answer may wait for a disk, a hash or the engine: api_lane says
 * in which thread it belongs. */
#pragma once

#include "gateway/io/web/request/request.h"
#include "gateway/io/web/request/web_context.h"

enum api_lane {
    API_AT_ONCE, /* answered in the thread of the web */
    API_VIEW,    /* memory only, but long */
    API_DISK,
    API_COMMAND, /* up to 2 s */
    API_LOGIN,   /* a hash, and those before it */
};
enum { API_LANE_COUNT = 5 };

enum { API_HEALTH_LIMIT_MS = 5000 };

enum api_lane api_lane(const struct request *request);

/* True when the answer is no already: no such page, wrong method, too long, not logged in, not your role. A bearer
 * token is not asked about here. */
bool api_refuse(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer);

/* Who asks, by cookie or token. False and the answer filled: nobody we know, or a role that may not read. */
bool api_identify(const struct web_context *context, const struct request *request, ms_t now,
                  struct identity *ret_identity, struct answer *answer);

/* Everything but assets and events. */
void api_answer(const struct web_context *context, const struct request *request, ms_t now,
                struct answer *answer);
