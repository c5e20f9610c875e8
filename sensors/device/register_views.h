/* register_views.h - what registers may mean: every type in every byte order, side by side.
 * Pure. */
#pragma once

#include <stdint.h>

#include "sensors/device/profile.h"

enum { REGISTER_VIEWS_ORDERS = 4 }; /* ABCD CDAB BADC DCBA, as enum byte_order */

struct register_views_16 {
    uint16_t ab, ba; /* as sent, and with the bytes swapped */
    int16_t signed_ab, signed_ba;
};

struct register_views_32 {
    uint32_t whole;
    int32_t signed_whole;
    float real; /* may be infinite or no number */
};

struct register_views_16 register_views_of_word(uint16_t word);

/* Of two neighbouring registers in this order. */
struct register_views_32 register_views_of_pair(const uint16_t word[2], enum byte_order order);

const char *register_views_order_name(enum byte_order order); /* "ABCD" ... */
