/* line.h - InfluxDB line protocol, exactly. Pure text.
 *
 * measurement = quantity; tags gateway, site, device, point (bare ids, sorted by key); fields value (float, absent
 * without one) and quality (integer); millisecond timestamp, always.
 *   temperature,device=th1,gateway=lidu-1,point=temperature,site=w3 quality=0i,value=30.5 1763776800000 */
#pragma once

#include "gateway/base/reading.h"
#include "gateway/base/text.h"
#include "gateway/core/policy.h"

enum { LINE_MAX_BYTES = 512 };

/* Adds one line with its newline. The value reads back as the same double. */
void line_add(struct text *text, const struct policy *policy, const struct reading *reading);
