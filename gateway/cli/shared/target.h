/* target.h - the port that `read` and `scan` talk to: a link of the config, one of its devices, or
 * a port of the command line; and the known device models. */
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

/* True when the words name exactly one port, with valid numbers. False is a mistake of usage. */
MUST_CHECK bool target_parse(const struct target_words *words, struct link_settings *ret_link,
                             struct error *error);

/* Finds the target and the models. target_close frees them. Returns an exit code; mistakes are
 * printed to stderr. */
int target_open(const struct target_words *words, const char *command, struct target *ret_target);
void target_close(struct target *target);

const struct profile *target_find_profile(const struct target *target, const char *id);

/* "none" "even" "odd" to 'N' 'E' 'O', 0: none of them; and back. */
char target_parity(const char *word);
const char *target_parity_name(char parity);

/* "/dev/ttyUSB0 9600 8N1", "192.0.2.10:502", "192.0.2.11:8899 (RTU)". */
enum { TARGET_TEXT_MAX = 160 };
void target_describe(const struct link_settings *link, char to[static TARGET_TEXT_MAX]);

/* Opens the port or connects, as probe_open; the error also says what to do. */
MUST_CHECK bool target_connect(const struct link_settings *link, int stop_fd,
                               struct probe **ret_probe, struct error *error);
