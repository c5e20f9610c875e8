#include "sensors/device/register_views.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/device/decode.h"

/* The bits of one as the other: two's complement and IEEE 754, without a conversion. */
static int16_t as_signed(uint16_t word)
{
    int16_t number = 0;
    memcpy(&number, &word, sizeof number);
    return number;
}

struct register_views_16 register_views_of_word(uint16_t word)
{
    uint16_t swapped = (uint16_t) (word << 8U | word >> 8U);
    return (struct register_views_16){
        .ab = word, .ba = swapped, .signed_ab = as_signed(word), .signed_ba = as_signed(swapped)};
}

struct register_views_32 register_views_of_pair(const uint16_t word[2], enum byte_order order)
{
    const struct profile_point point = {.type = TYPE_UINT32, .order = order};
    struct register_views_32 numbers = {.whole = decode_raw(&point, word)};
    memcpy(&numbers.signed_whole, &numbers.whole, sizeof numbers.whole);
    memcpy(&numbers.real, &numbers.whole, sizeof numbers.whole);
    return numbers;
}

const char *register_views_order_name(enum byte_order order)
{
    static const char *const names[REGISTER_VIEWS_ORDERS] = {"ABCD", "CDAB", "BADC", "DCBA"};
    CHECK((int) order >= 0 && (int) order < REGISTER_VIEWS_ORDERS);
    return names[order];
}
