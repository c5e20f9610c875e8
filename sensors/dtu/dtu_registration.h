/* dtu_registration.h - the registrations of all links: which DTU has connected. Pure.
 *
 * A DTU identifies itself by its registration: once, before every packet, or both. It is looked for
 * in the first DTU_REGISTRATION_HELLO_MAX bytes, wherever TCP has cut them. It may follow other
 * text, but not stand inside a longer name: 1001 is not found in LOGIN:91001, nor DTU1 in DTU17. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/dtu/dtu_settings.h"

enum { DTU_REGISTRATION_HELLO_MAX = 128 };

struct dtu_registrations;

/* Of `count` links; NULL stands for a link that is no DTU. All memory is the arena's. Of two links
 * with the same registration the first is found (config refuses that). */
struct dtu_registrations *dtu_registrations_new(struct arena *arena,
                                                const struct dtu_settings *const *settings,
                                                int32_t count);

enum dtu_registration_verdict {
    DTU_REGISTRATION_MORE,    /* none found yet */
    DTU_REGISTRATION_PERHAPS, /* *ret_link, unless the next bytes make it a longer registration */
    DTU_REGISTRATION_KNOWN,   /* *ret_link */
};

/* Which link's DTU has sent these bytes. `ret_end`: how many of them are used up. Both are written
 * unless the verdict is DTU_REGISTRATION_MORE. */
enum dtu_registration_verdict dtu_registrations_find(const struct dtu_registrations *known,
                                                     const uint8_t *bytes, size_t length,
                                                     int32_t *ret_link, size_t *ret_end);
