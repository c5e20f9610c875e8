/* page_overview.h - the first page's JSON: every place with its worst state, counts, links, stores, parts. */
#pragma once

#include "gateway/base/json_write.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/web_context.h"

enum {
    PAGE_OVERVIEW_PARTS_MAX = 64
}; /* when there are more parts the links that are well are left out */

/* The whole object of GET /api/v1/overview. */
void page_overview_add(struct text *json, const struct web_context *context,
                       const struct identity *identity, ms_t now);

/* The object of the event `health`: {"time","counts","parts","stores"}. */
void page_overview_add_health(struct text *json, const struct web_context *context,
                              const struct permission *permission, ms_t now);
