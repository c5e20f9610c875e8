/* line_protocol.h - InfluxDB line protocol, exactly. Pure text.
 *
 * measurement = quantity; tags gateway, site, device, point (bare ids, sorted by key); fields value
 * (float, absent without one) and quality (integer); millisecond timestamp, always.
 *   temperature,device=th1,gateway=lidu-1,point=t,site=w3 quality=0i,value=30.5 1763776800000
 *
 * Escaping follows the v1 reference: comma and blank in a measurement, also = in tags. Characters
 * without an escape (control characters, a backslash at the end) become _; a tag without a value is
 * left out. */
#pragma once

#include "gateway/base/reading.h"
#include "gateway/base/text.h"
#include "gateway/core/model/policy.h"

enum { LINE_PROTOCOL_MAX_BYTES = 512, LINE_PROTOCOL_NUMBER_MAX = 32 };

/* Measurement and tags of each point of a policy, written once: some 60 bytes a point. One
 * thread's. */
struct line_protocol_heads;
struct line_protocol_heads *line_protocol_heads_new(const struct policy *policy);
void line_protocol_heads_free(struct line_protocol_heads *heads); /* NULL is allowed */

/* Adds one line with its newline; the reading's point is one of the policy. The value reads back as
 * the same double. A line that does not fit is left out whole, and the text is marked as cut. */
void line_protocol_add(struct text *text, struct line_protocol_heads *heads,
                       const struct reading *reading);

/* The shortest decimal form of a finite value that reads back as the same double (below 1e-307
 * perhaps not the shortest). Returns its length. */
size_t line_protocol_format_value(double value, char to[static LINE_PROTOCOL_NUMBER_MAX]);
