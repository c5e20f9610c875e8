/* api_json.h - the objects of API.md as text: USER, POINT, INCIDENT. Each is written with its comma. */
#pragma once

#include "gateway/base/json_write.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/web_context.h"

void api_json_add_user(struct text *json, const struct identity *identity); /* NULL is null */
void api_json_add_point(struct text *json, const struct web_context *context, int32_t index);
/* "maintenance": {"since","until","by","note"} of the device "w3/th1", null when it is not under repair. */
void api_json_add_maintenance(struct text *json, const struct web_context *context,
                              const char *device);
/* The short form of events: what changes of a point. */
void api_json_add_value(struct text *json, const struct web_context *context, int32_t point);
void api_json_add_incident(struct text *json, const struct web_context *context,
                           const struct permission *permission, const struct incident *incident,
                           const struct effect_entry *entries, int32_t entry_count);
