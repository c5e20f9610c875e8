/* metrics.h - /metrics: the gateway's own numbers as Prometheus text (exposition format 0.0.4). */
#pragma once

#include "gateway/io/buffer.h"
#include "gateway/io/world.h"

void metrics_add(struct buffer *buffer, const struct world *world, ms_t now);
