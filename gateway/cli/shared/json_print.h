/* json_print.h - pieces of JSON that the technician's commands share. */
#pragma once

#include "gateway/base/json_write.h"
#include "sensors/device/decode.h"
#include "sensors/device/link_settings.h"

/* An empty growing text for one answer of a command. */
struct text json_print_begin(void);

/* Prints it as a line of stdout and frees it. */
void json_print_end(struct text *text);

/* "link": {"type":"rtu","device":...} with the members of its kind; "id" when it has one. */
void json_print_link(struct text *text, const struct link_settings *link);

/* "values": [{"key","quantity","value","unit","quality","reason","raw"}] of the block `read` of the
 * profile; -1: of all blocks. */
void json_print_values(struct text *text, const struct profile *profile, int32_t read,
                       const struct decode_value *values);

/* A number of a register with 10 digits; null if it is not finite. */
void json_print_number(struct text *text, const char *key, double number);
