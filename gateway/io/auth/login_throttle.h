/* login_throttle.h - limits login tries: a maximum for each key in five minutes.
 *
 * A try counts when it begins, so that parallel tries are all counted; a successful one is given
 * back. When the table is full the key unused for longest is dropped. No lock: the owner has
 * one. */
#pragma once

#include <stdbool.h>

#include "gateway/base/units.h"

enum { LOGIN_THROTTLE_KEYS_MAX = 256, LOGIN_THROTTLE_TRIES_MAX = 20, LOGIN_THROTTLE_KEY_MAX = 64 };
#define LOGIN_THROTTLE_SPAN_MS (5 * MS_PER_MINUTE)

struct login_throttle {
    struct login_throttle_entry {
        char key[LOGIN_THROTTLE_KEY_MAX]; /* "" : free */
        ms_t used_at;
        int count;
        ms_t at[LOGIN_THROTTLE_TRIES_MAX]; /* of the tries that count, oldest first */
    } entry[LOGIN_THROTTLE_KEYS_MAX];
};

/* Counts a try of `key` (cut at LOGIN_THROTTLE_KEY_MAX). False when `limit` (at most
 * LOGIN_THROTTLE_TRIES_MAX) are counted already; then it adds nothing, so that a caller who waits
 * gets in again. */
bool login_throttle_take(struct login_throttle *throttle, const char *key, int limit, ms_t now);

/* Takes one counted try back. */
void login_throttle_give_back(struct login_throttle *throttle, const char *key);

/* The key of a network address: a whole IPv4 address, the /64 of an IPv6 one, since a caller owns
 * all of it. */
void login_throttle_address_key(const char *address, char to[static LOGIN_THROTTLE_KEY_MAX]);
