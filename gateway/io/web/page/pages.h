/* pages.h - the pages of the API. The table in api.c names the callers and the thread of each. */
#pragma once

#include "gateway/base/json_write.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/request.h"
#include "gateway/io/web/request/web_context.h"

enum { PAGE_INCIDENTS_MAX = 1000, PAGE_TIMELINE_MAX = 1000, PAGE_HEALTH_LIMIT_MS = 5000 };

#define PAGE_NOT_YOUR_AREA "不在您负责的区域"

/* A request whose caller has been checked. */
struct page_call {
    const struct web_context *context;
    const struct request *request;
    const struct identity *identity; /* NULL: nobody is logged in, or the page is public */
    struct permission permission;    /* of the identity */
    ms_t now;
};

/* Each writes the body. Status 200 and the type of JSON are set before. */
void page_healthz(const struct page_call *call, struct answer *answer);
void page_metrics(const struct page_call *call, struct answer *answer);
void page_session(const struct page_call *call, struct answer *answer);
void page_login(const struct page_call *call, struct answer *answer);
void page_logout(const struct page_call *call, struct answer *answer);
void page_overview(const struct page_call *call, struct answer *answer);
void page_points(const struct page_call *call, struct answer *answer);
void page_history(const struct page_call *call, struct answer *answer);
void page_incidents(const struct page_call *call, struct answer *answer);
void page_incident(const struct page_call *call, struct answer *answer);
void page_command(const struct page_call *call, struct answer *answer);
void page_links(const struct page_call *call, struct answer *answer);
void page_outputs(const struct page_call *call, struct answer *answer);
void page_maintenance(const struct page_call *call, struct answer *answer);

/* Gives a command in the caller's name. False, with the answer filled: it was refused. */
bool page_give_command(const struct page_call *call, struct event_command *command,
                       struct answer *answer);

/* Closed incidents are read from state.db. */
bool page_incidents_need_disk(const struct request *request);

/* The states of ?state=open,acked as bits; "" means all. False: one of them is no state. */
bool page_read_states(const char *text, unsigned *ret_states);
