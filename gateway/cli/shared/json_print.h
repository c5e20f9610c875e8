/* json_print.h - pieces of JSON on stdout that the technician's commands share. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensors/device/decode.h"
#include "sensors/device/link_settings.h"

void json_out_string(const char *string);

/* "01 04 00 01", quotes included. */
void json_out_hex(const uint8_t *bytes, size_t length);

/* {"type":"rtu","device":...} with what belongs to its kind; "id" when it has one. */
void json_out_link(const struct link_settings *link);

/* [{"key","quantity","value","unit","quality","reason","raw"}] of one block of the profile; `read` -1: of all. */
void json_out_values(const struct profile *profile, int32_t read,
                     const struct decode_value *values);

/* A number that is always JSON: null for what is no number. */
void json_out_number(double number);
