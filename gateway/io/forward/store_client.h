/* store_client.h - one time-series store over HTTP: its URL and token, and a request with a batch
 * of lines.
 *
 * Owned by one thread; only store_client_cancel may come from another. */
#pragma once

#include "gateway/base/reading.h"
#include "gateway/io/forward/batch_retry.h"
#include "gateway/io/forward/forward_settings.h"
#include "gateway/io/forward/line_protocol.h"
#include "gateway/io/system/http.h"

struct store_client;

/* Reads the token file; warns in the log when other users may read it. The policy must live as
 * long. */
MUST_CHECK bool store_client_open(const struct forward_settings *settings,
                                  const struct policy *policy, struct store_client **ret_client,
                                  struct error *error);
void store_client_close(struct store_client *client); /* wipes the token; NULL is allowed */

/* Posts the readings part.from...part.to-1 as line protocol, gzipped. At most FORWARD_LINES_MAX. */
void store_client_post(struct store_client *client, const struct reading *readings,
                       struct batch_retry_range part, struct http_answer *ret_answer);

/* Ends the request that is under way. */
void store_client_cancel(struct store_client *client);

/* The line of one reading, without a newline. */
void store_client_format(struct store_client *client, const struct reading *reading,
                         char to[static LINE_PROTOCOL_MAX_BYTES + 1]);
