/* login_throttle.h - how often somebody may try: at most so many tries in five minutes for one key.
 *
 * A try counts when it begins, so that a hundred at once are a hundred; one that was right is taken back. When
 * there are more keys than room the one longest unused is forgotten. No lock: the owner has one. */
#pragma once

#include <stdbool.h>

#include "gateway/base/units.h"

enum { THROTTLE_KEYS_MAX = 256, THROTTLE_TRIES_MAX = 20, THROTTLE_KEY_MAX = 64 };
#define THROTTLE_SPAN_MS (5 * MS_PER_MINUTE)

struct throttle {
    struct throttle_entry {
        char key[THROTTLE_KEY_MAX]; /* "" : free */
        ms_t used_at;
        int count;
        ms_t at[THROTTLE_TRIES_MAX]; /* of the tries that count, oldest first */
    } entry[THROTTLE_KEYS_MAX];
};

/* Counts a try of `key` (cut at THROTTLE_KEY_MAX). False when `limit` (at most THROTTLE_TRIES_MAX) are counted
 * already; then it adds nothing, so that who waits is let in again. */
bool throttle_take(struct throttle *throttle, const char *key, int limit, ms_t now);

/* Takes one counted try back. */
void throttle_give_back(struct throttle *throttle, const char *key);

/* The key of a network address: a whole IPv4 address, the /64 of an IPv6 one, since a caller owns all of it. */
void throttle_address_key(const char *address, char to[static THROTTLE_KEY_MAX]);
