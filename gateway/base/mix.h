/* mix.h - numbers that look random and are the same in each run. */
#pragma once

#include <stdint.h>

#define MIX64_STEP UINT64_C(0x9E3779B97F4A7C15)

/* Mixes 64 bits as SplitMix64 does (Steele and others 2014); a generator adds MIX64_STEP to its
 * state after each. */
static inline uint64_t mix_64(uint64_t bits)
{
    bits += MIX64_STEP;
    bits = (bits ^ bits >> 30U) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ bits >> 27U) * UINT64_C(0x94D049BB133111EB);
    return bits ^ bits >> 31U;
}
