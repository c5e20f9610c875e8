/* page_metrics.h - /metrics: the gateway's own numbers as Prometheus text (exposition format 0.0.4). */
#pragma once

#include "gateway/io/web/request/buffer.h"
#include "gateway/io/web/request/web_context.h"

void page_metrics_add(struct buffer *buffer, const struct web_context *context, ms_t now);
