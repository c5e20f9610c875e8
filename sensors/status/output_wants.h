/* output_wants.h - the wanted states of outputs, on their way from the engine's thread to the
 * wire's.
 *
 * Only the newest state of an output counts, so there is never more than one for each and always
 * room. Any thread. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/device/link_settings.h"

struct output_wants;

struct want {
    int32_t link;           /* index in the settings */
    int32_t device, output; /* indexes in the link and in the device */
    bool is_on;
};

/* Room for every output of these links; the memory is the arena's. */
struct output_wants *output_wants_new(struct arena *arena, const struct link_settings *link,
                                      int32_t count);
void output_wants_close(struct output_wants *wants); /* NULL is allowed */

void output_wants_put(struct output_wants *wants, const struct want *want);

/* Takes the oldest one; false: there is none. */
bool output_wants_take(struct output_wants *wants, struct want *ret_want);
