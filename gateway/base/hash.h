/* hash.h - FNV-1a: spreads bytes over the slots of a table, or shortens them to a mark.
 *
 * It protects against chance, not against malice: collisions are easy to make. The state database
 * holds values (keys of inbound texts), so they never change. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH64_START UINT64_C(0xCBF29CE484222325)

static inline uint32_t hash_32(const void *bytes, size_t length)
{
    uint32_t hash = 2166136261U;
    for (const unsigned char *at = bytes; length > 0; at++, length--) {
        hash = (uint32_t) ((uint64_t) (hash ^ *at) * 16777619U & UINT32_MAX);
    }
    return hash;
}

/* Continues from `hash`: HASH64_START for the first bytes, the last result for the next ones. */
static inline uint64_t hash_64(uint64_t hash, const void *bytes, size_t length)
{
    for (const unsigned char *at = bytes; length > 0; at++, length--) {
        hash = (hash ^ *at) * UINT64_C(0x100000001B3);
    }
    return hash;
}
