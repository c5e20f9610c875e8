/* link_writes.h - the outputs of one link: which is due, and the outcome of its request. For
 * link*.c only.
 *
 * One output is in hand at a time, from link_writes_take to link_writes_end. Its request goes out
 * and its answer comes in by the caller. What is reported goes to the link's callbacks at once. A
 * link without outputs has no link_writes: except for take and end, every function then takes NULL
 * and does nothing. */
#pragma once

#include "sensors/link/link.h"
#include "sensors/link/schedule.h"

enum { LINK_EVERY_DEVICE = -1 };

struct link_output_memory {
    struct output output;
    struct link_output_change change; /* as reported last, but for the last request's outcome */
    uint8_t unit;
};

struct link_writes {
    const struct schedule *schedule;
    const struct link_callbacks *callbacks;
    int32_t output_count;
    bool gives_way; /* the last one had no answer: one block that is due goes before the next */
    struct link_output_memory *in_hand; /* taken last */
    struct frame_request request;       /* its request, with the unit */
    struct link_output_memory *memory;
    uint8_t bytes[FRAME_REQUEST_MAX]; /* the caller's: the request in hand */
};

/* The outputs of all devices, as the settings list them. NULL: there are none. Settings, schedule
 * and callbacks must outlive it. */
struct link_writes *link_writes_new(struct arena *arena, const struct link_settings *settings,
                                    const struct schedule *schedule,
                                    const struct link_callbacks *callbacks);

/* Is an output due? Then it is in hand; else when the next one is due. */
bool link_writes_take(struct link_writes *writes, us_t now, us_t *ret_next_at);

/* The outcome of the request in hand. `words` are those of a read that is DONE, else NULL. */
void link_writes_end(struct link_writes *writes, enum write_outcome outcome, uint8_t exception,
                     const uint16_t *words, us_t now);

/* The outputs of one device, or of LINK_EVERY_DEVICE, are away, or there again. */
void link_writes_lose(struct link_writes *writes, int32_t device, us_t now);
void link_writes_find(struct link_writes *writes, int32_t device, us_t now);

/* A good answer of `device` to a read of its profile. Outputs that are read back from an address in
 * it follow it. */
void link_writes_show(struct link_writes *writes, int32_t device, const struct profile_read *read,
                      const uint16_t *words, us_t now);

/* See link_want, link_make_safe and link_is_safe. The output must exist. */
void link_writes_want(struct link_writes *writes, int32_t device, int32_t output, bool is_on,
                      us_t now);
void link_writes_make_safe(struct link_writes *writes, us_t now);
bool link_writes_is_safe(const struct link_writes *writes);
