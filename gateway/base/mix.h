/* mix.h - numbers that look random and are the same in each run. */
#pragma once

#include <stdint.h>

/* Mixes 64 bits (the finalizer of SplitMix64, Steele and others 2014). */
static inline uint64_t mix64(uint64_t bits)
{
    bits += UINT64_C(0x9E3779B97F4A7C15);
    bits = (bits ^ bits >> 30U) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ bits >> 27U) * UINT64_C(0x94D049BB133111EB);
    return bits ^ bits >> 31U;
}
