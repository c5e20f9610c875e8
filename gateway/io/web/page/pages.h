/* pages.h - the pages of the API that need a login; the caller has checked that the role may read. */
#pragma once

#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/request.h"
#include "gateway/io/web/request/web_context.h"

enum { PAGE_INCIDENTS_MAX = 1000, PAGE_TIMELINE_MAX = 1000 };

void page_points(const struct web_context *context, const struct request *request,
                 const struct permission *permission, struct answer *answer);
void page_history(const struct web_context *context, const struct request *request,
                  const struct permission *permission, ms_t now, struct answer *answer);
void page_incidents(const struct web_context *context, const struct request *request,
                    const struct permission *permission, struct answer *answer);
void page_incident(const struct web_context *context, const struct request *request,
                   const struct permission *permission, struct answer *answer);
void page_links(const struct web_context *context, struct answer *answer);
void page_outputs(const struct web_context *context, const struct permission *permission,
                  struct answer *answer);
void page_command(const struct web_context *context, const struct request *request,
                  const struct identity *identity, struct answer *answer);

void page_maintenance(const struct web_context *context, const struct request *request,
                      const struct identity *identity, struct answer *answer);

/* The states of ?state=open,acked as bits, all of them for "". False: a word that is none. */
bool page_read_states(const char *text, unsigned *ret_states);
