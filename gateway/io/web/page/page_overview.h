/* page_overview.h - the part of the overview that is an event too. */
#pragma once

#include "gateway/base/text.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/web_context.h"

enum { PAGE_OVERVIEW_PARTS_MAX = 64 }; /* with more parts, links that work are left out */

/* The object of the event `health`: {"time","counts","parts","stores"}. */
void page_overview_add_health(struct text *json, const struct web_context *context,
                              const struct permission *permission, ms_t now);
