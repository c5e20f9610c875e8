/* simulator_fields.h - members that only simulations have, beside those of json_fields.h. Pure. */
#pragma once

#include "gateway/base/json_fields.h"
#include "sensors/simulator/device/sim_line.h"

/* 0...65535; it may be written as "0x0200". */
uint16_t simulator_fields_word(struct json_fields *fields, const struct json *object,
                               const char *key, uint16_t otherwise);

/* A duration, in microseconds. */
us_t simulator_fields_span(struct json_fields *fields, const struct json *object, const char *key,
                           us_t otherwise);

/* The index of one of `words`, as json_fields_word does; `otherwise` when absent or wrong. */
unsigned simulator_fields_choice(struct json_fields *fields, const struct json *object,
                                 const char *key, const char *words, unsigned otherwise);

/* Text, or "hex: 7E 81 00" for bytes; 1...SIM_TEXT_MAX of them. Absent or wrong: `bytes` stay. */
void simulator_fields_bytes(struct json_fields *fields, const struct json *object, const char *key,
                            struct sim_bytes *bytes);

/* Reads each object of an array member into a table of the arena, `size` bytes each. *ret_count is
 * 0 when the member is absent or wrong. */
void *simulator_fields_table(struct json_fields *fields, const struct json *object, const char *key,
                             size_t size,
                             void (*read)(struct json_fields *fields, const struct json *json,
                                          void *to),
                             int32_t *ret_count);
