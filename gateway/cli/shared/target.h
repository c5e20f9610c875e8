/* target.h - what a technician's command talks to: a link of the config, a device of it, or a port given by hand; and
 * the device models that are known. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "sensors/device/link_settings.h"
#include "sensors/wire/probe.h"

/* As given on the command line; NULL: not given. */
struct target_words {
    const char *name; /* LINK or SITE/DEVICE, with `directory` */
    const char *directory;
    const char *serial, *tcp, *rtu_over_tcp; /* one of them, or a name */
    const char *baud, *parity, *stop_bits;   /* of `serial` */
};

struct target {
    struct arena *arena;
    struct link_settings link;        /* with the config's devices when it is one of its links */
    const struct link_device *device; /* of SITE/DEVICE, else NULL */
    int32_t profile_count;
    const struct profile *const *profile;
};

/* Do the words name exactly one thing? False is a mistake of usage. A bad number or host is one too. */
MUST_CHECK bool target_parse(const struct target_words *words, struct link_settings *ret_link,
                             struct error *error);

/* Finds it, with the models. The arena is the target's: target_close. Returns an exit code; what is wrong stands on
 * stderr. */
int target_open(const struct target_words *words, const char *command, struct target *ret_target);
void target_close(struct target *target);

const struct profile *target_find_profile(const struct target *target, const char *id);

/* "none" "even" "odd" to 'N' 'E' 'O'; 0: none of them. And back. */
char target_parity(const char *word);
const char *target_parity_name(char parity);

/* "/dev/ttyUSB0 9600 8N1", "192.0.2.10:502", "192.0.2.11:8899 (RTU)". */
enum { TARGET_TEXT_MAX = 160 };
void target_describe(const struct link_settings *link, char to[static TARGET_TEXT_MAX]);

/* Opens the port or connects, as probe_open, with a sentence that also says what to do. */
MUST_CHECK bool target_connect(const struct link_settings *link, int stop_fd,
                               struct probe **ret_probe, struct error *error);
