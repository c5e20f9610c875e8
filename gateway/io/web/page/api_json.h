/* api_json.h - writes USER, POINT, INCIDENT and MAINTENANCE of API.md, with their comma. */
#pragma once

#include "gateway/base/json_write.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/web_context.h"

void api_json_add_user(struct text *json, const struct identity *identity); /* NULL is null */
void api_json_add_point(struct text *json, const struct web_context *context, int32_t index);
/* The member "maintenance" of the device "w3/th1"; null when it is not under maintenance. */
void api_json_add_maintenance(struct text *json, const struct web_context *context,
                              const char *device);
/* The short form of POINT in events: the members that change. */
void api_json_add_value(struct text *json, const struct web_context *context, int32_t point);
void api_json_add_incident(struct text *json, const struct web_context *context,
                           const struct permission *permission, const struct incident *incident,
                           const struct effect_entry *entries, int32_t entry_count);
