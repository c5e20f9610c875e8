/* api_json.h - the objects of API.md as text: USER, POINT, INCIDENT. Every text goes through buffer_add_json. */
#pragma once

#include "gateway/io/web/request/buffer.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/web_context.h"

void json_add_time(struct buffer *buffer, const struct web_context *context,
                   ms_t at);                                /* 0 is null */
void json_add_number(struct buffer *buffer, double number); /* null when it is not finite */
void json_add_bool(struct buffer *buffer, bool value);

/* A comma, except behind a bracket, a colon or a blank: where a value begins nothing is between. */
void json_add_comma(struct buffer *buffer);
/* "key": with its comma. */
void json_add_key(struct buffer *buffer, const char *key);

void json_add_user(struct buffer *buffer, const struct identity *identity); /* NULL is null */
void json_add_point(struct buffer *buffer, const struct web_context *context, int32_t index);
/* "maintenance": {"since","until","by","note"} of the device "w3/th1", null when it is not under repair. */
void json_add_maintenance(struct buffer *buffer, const struct web_context *context,
                          const char *device);
/* The short form of events: what changes of a point. */
void json_add_value(struct buffer *buffer, const struct web_context *context, int32_t point);
void json_add_incident(struct buffer *buffer, const struct web_context *context,
                       const struct permission *permission, const struct incident *incident,
                       const struct effect_entry *entries, int32_t entry_count);
