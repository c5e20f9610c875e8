#include "gateway/core/tables/dedup.h"

#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/base/text.h"

struct dedup {
    int64_t added;
    uint32_t hash[DEDUP_MAX]; /* compared first, so that a search reads few cache lines */
    char key[DEDUP_MAX][MESSAGE_KEY_MAX];
};

struct dedup *dedup_new(struct arena *arena)
{
    return arena_take(arena, 1, sizeof(struct dedup));
}

bool dedup_add(struct dedup *dedup, const char *key)
{
    char cut[MESSAGE_KEY_MAX];
    text_copy(cut, sizeof cut, key);
    uint32_t hash = hash_32(cut, strlen(cut));
    int64_t count = dedup->added < DEDUP_MAX ? dedup->added : DEDUP_MAX;
    for (int64_t i = 0; i < count; i++) {
        if (dedup->hash[i] == hash && strcmp(dedup->key[i], cut) == 0) {
            return false;
        }
    }
    int64_t place = dedup->added % DEDUP_MAX;
    dedup->hash[place] = hash;
    memcpy(dedup->key[place], cut, sizeof cut);
    dedup->added++;
    return true;
}
