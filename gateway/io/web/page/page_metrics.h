/* page_metrics.h - /metrics: the gateway's own numbers as Prometheus text (exposition format 0.0.4). */
#pragma once

#include "gateway/base/text.h"
#include "gateway/io/web/request/web_context.h"

void page_metrics_add(struct text *text, const struct web_context *context, ms_t now);
