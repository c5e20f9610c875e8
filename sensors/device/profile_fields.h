/* profile_fields.h - a member that only profiles have: a register address. Pure. */
#pragma once

#include "gateway/base/json_fields.h"

/* The member "addr": the address on the wire, 0...65535. A number as manuals count registers
 * (40001, 30001, 10001, 400001 ...) is refused and the sentence says what to subtract; written as
 * "0x9C41" it is accepted. */
uint16_t profile_fields_address(struct json_fields *fields, const struct json *object,
                                uint8_t function);
