#include "gateway/io/auth/login_throttle.h"

#include <arpa/inet.h>
#include <string.h>

#include "gateway/base/text.h"

static struct login_throttle_entry *find_throttled(struct login_throttle *throttle, const char *key)
{
    char wanted[LOGIN_THROTTLE_KEY_MAX];
    text_copy(wanted, LOGIN_THROTTLE_KEY_MAX, key);
    for (int i = 0; i < LOGIN_THROTTLE_KEYS_MAX; i++) {
        if (strcmp(throttle->entry[i].key, wanted) == 0) {
            return &throttle->entry[i];
        }
    }
    return NULL;
}

static struct login_throttle_entry *find_unused_longest(struct login_throttle *throttle)
{
    struct login_throttle_entry *longest = &throttle->entry[0];
    for (int i = 1; i < LOGIN_THROTTLE_KEYS_MAX; i++) {
        if (throttle->entry[i].used_at < longest->used_at) {
            longest = &throttle->entry[i];
        }
    }
    return longest;
}

static void forget_old(struct login_throttle_entry *entry, ms_t now)
{
    int kept = 0;
    for (int i = 0; i < entry->count; i++) {
        if (now - entry->at[i] < LOGIN_THROTTLE_SPAN_MS) {
            entry->at[kept++] = entry->at[i];
        }
    }
    entry->count = kept;
}

bool login_throttle_take(struct login_throttle *throttle, const char *key, int limit, ms_t now)
{
    CHECK(limit > 0 && limit <= LOGIN_THROTTLE_TRIES_MAX);
    struct login_throttle_entry *entry = find_throttled(throttle, key);
    if (entry == NULL) {
        entry = find_unused_longest(throttle);
        *entry = (struct login_throttle_entry){0};
        text_copy(entry->key, LOGIN_THROTTLE_KEY_MAX, key);
    }
    entry->used_at = now;
    forget_old(entry, now);
    if (entry->count >= limit) {
        return false;
    }
    entry->at[entry->count++] = now;
    return true;
}

void login_throttle_give_back(struct login_throttle *throttle, const char *key)
{
    struct login_throttle_entry *entry = find_throttled(throttle, key);
    if (entry != NULL && entry->count > 0) {
        entry->count--;
    }
}

void login_throttle_address_key(const char *address, char to[static LOGIN_THROTTLE_KEY_MAX])
{
    struct in6_addr six;
    if (inet_pton(AF_INET6, address, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) {
        text_copy(to, LOGIN_THROTTLE_KEY_MAX, address);
        return;
    }
    memset(&six.s6_addr[8], 0, 8);
    char text[INET6_ADDRSTRLEN];
    CHECK(inet_ntop(AF_INET6, &six, text, sizeof text) != NULL);
    text_copy(to, LOGIN_THROTTLE_KEY_MAX, text);
}
