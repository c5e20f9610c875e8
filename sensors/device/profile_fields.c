#include "sensors/device/profile_fields.h"

#include <strings.h>

/* How manuals number: from `first` on, and which function reads them. */
static const struct numbering {
    int32_t first, last;
    uint8_t function;
} numberings[] = {
    {10001, 19999, 2},   {30001, 39999, 4},   {40001, 49999, 3},
    {100001, 165536, 2}, {300001, 365536, 4}, {400001, 465536, 3},
};

/* Registers and bits are numbered apart. 10001 may well be a real address of a register. */
static bool is_of_kind(uint8_t function, const struct numbering *numbering)
{
    bool is_bits = function <= 2 || function == 5 || function == 15;
    return is_bits == (numbering->function == 2) || numbering->first > UINT16_MAX;
}

static const struct numbering *find_numbering(uint8_t function, int64_t number)
{
    for (size_t i = 0; i < sizeof numberings / sizeof numberings[0]; i++) {
        if (number >= numberings[i].first && number <= numberings[i].last &&
            is_of_kind(function, &numberings[i])) {
            return &numberings[i];
        }
    }
    return NULL;
}

uint16_t profile_fields_address(struct json_fields *fields, const struct json *object,
                                uint8_t function)
{
    const struct json *member = json_find(object, "addr");
    int64_t number = 0;
    const struct numbering *numbering = NULL;
    if (member != NULL && json_fields_is_whole(member, &number)) {
        numbering = find_numbering(function, number);
    }
    bool is_hex =
        member != NULL && member->type == JSON_STRING && strncasecmp(member->string, "0x", 2) == 0;
    if (numbering == NULL || is_hex) {
        return (uint16_t) json_fields_need_whole(fields, object, "addr", 0, UINT16_MAX, 0);
    }
    json_fields_mistake(
        fields, member,
        "%lld is how manuals number (read by function %d); addresses here begin with 0: "
        "subtract %d and write %lld, or \"0x%04llX\" if this really is the address",
        (long long) number, numbering->function, numbering->first,
        (long long) number - numbering->first, (unsigned long long) number);
    return 0;
}
