/* simulator_fields.h - values out of a simulation's JSON, with the sentence of a mistake. Pure. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/base/json.h"
#include "gateway/base/units.h"

struct reader {
    struct arena *arena;
    struct error *error;
};

/* Always false: "line 12: /slaves/0/units/1: sentence". */
bool reader_complain(const struct reader *reader, const struct json *at, const char *sentence);

/* Refuses what is no object and each member that is not in `known`, which ends with NULL. */
bool reader_only_keys(const struct reader *reader, const struct json *object,
                      const char *const *known);

struct reader_bounds {
    double min, max;
    bool is_whole; /* then "0x0200" is a number too */
};

/* Members that are not there leave the value as it is. */
bool reader_number(const struct reader *reader, const struct json *object, const char *key,
                   struct reader_bounds bounds, double *value);
bool reader_word(const struct reader *reader, const struct json *object, const char *key,
                 uint16_t *value); /* 0...65535 */
bool reader_span(const struct reader *reader, const struct json *object, const char *key,
                 us_t *span);
bool reader_flag(const struct reader *reader, const struct json *object, const char *key,
                 bool *flag);

/* One of `words`, which end with NULL: its index. */
bool reader_choice(const struct reader *reader, const struct json *object, const char *key,
                   const char *const *words, int *choice);

/* Text, or "hex: 7E 81 00" for bytes; not empty, at most `max`. */
bool reader_bytes(const struct reader *reader, const struct json *object, const char *key,
                  size_t max, uint8_t *bytes, size_t *length);

/* Reads each element of an array into a table of the arena's, `size` bytes each. No array: count 0. */
bool reader_table(const struct reader *reader, const struct json *array, size_t size,
                  bool (*read)(const struct reader *reader, const struct json *json, void *to),
                  void **ret_table, int32_t *ret_count);
