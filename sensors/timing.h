/* timing.h - how long a link of each kind takes, and how long it must keep silent. Pure.
 *
 * Serial lines by Modbus over serial line 1.02, 2.5.1.1; the quarantines are explained in link.h. */
#pragma once

#include "sensors/link.h"

enum framing timing_framing(enum link_kind kind);

/* Nanoseconds of one character with start, parity and stop bits; 0 unless the link is a serial line. */
int64_t timing_character_ns(const struct link_settings *settings);

/* 3.5 characters of 11 bits; above 19200 baud fixed 1.75 ms; 0 unless the link is a serial line. */
us_t timing_silence(const struct link_settings *settings);

/* After a request of this timeout stayed without an answer: how long nobody speaks. */
us_t timing_quarantine(enum link_kind kind, us_t timeout);
