#include "gateway/io/web/page/event_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/io/system/clock.h"
#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/page_overview.h"

int64_t event_text_find(const struct web_context *context, int64_t from,
                        struct event_text_changes *changes)
{
    struct snapshot_changes asked = {.point = changes->point,
                                     .point_max = EVENT_TEXT_POINTS_MAX,
                                     .incident = changes->incident,
                                     .incident_max = EVENT_TEXT_INCIDENTS_MAX};
    int64_t reach = snapshot_changes(context->parts.snapshot, from, &asked);
    changes->point_count = asked.point_count;
    changes->incident_count = asked.incident_count;
    return reach;
}

static void add_id(struct buffer *buffer, const struct web_context *context, int64_t sequence)
{
    buffer_add(buffer, "id: %" PRId64 "\n", context->event_base + sequence);
}

static void open_event(struct buffer *buffer, const struct web_context *context, const char *name,
                       int64_t sequence)
{
    add_id(buffer, context, sequence);
    buffer_add(buffer, "event: %s\ndata: ", name);
}

static void write_points(struct buffer *buffer, const struct web_context *context,
                         const struct permission *permission,
                         const struct event_text_changes *changes, int64_t from)
{
    size_t before = buffer->length;
    open_event(buffer, context, "reading", from);
    buffer_add(buffer, "[");
    size_t empty = buffer->length;
    for (int32_t i = 0; i < changes->point_count; i++) {
        if (permission_sees_point(permission, changes->point[i])) {
            json_add_value(buffer, context, changes->point[i]);
        }
    }
    if (buffer->length == empty) {
        buffer->length = before;
        return;
    }
    buffer_add(buffer, "]\n\n");
}

static void write_incident(struct buffer *buffer, const struct web_context *context,
                           const struct permission *permission, int64_t id, int64_t from)
{
    char text[24]; /* an int64_t */
    (void) snprintf(text, sizeof text, "%" PRId64, id);
    struct incident incident;
    if (!snapshot_find_incident(context->parts.snapshot, text, &incident) || incident.id != id ||
        !permission_sees_incident(permission, &incident)) {
        return;
    }
    open_event(buffer, context, "incident", from);
    json_add_incident(buffer, context, permission, &incident, NULL, 0);
    buffer_add(buffer, "\n\n");
}

void event_text_write(struct buffer *buffer, const struct web_context *context,
                      const struct permission *permission, const struct event_text_changes *changes,
                      const struct event_text_place way[2])
{
    if (way[1].health != way[0].health) {
        open_event(buffer, context, "health", way[0].sequence);
        page_overview_add_health(buffer, context, permission, clock_ms());
        buffer_add(buffer, "\n\n");
    }
    for (int32_t i = 0; i < changes->incident_count; i++) {
        write_incident(buffer, context, permission, changes->incident[i], way[0].sequence);
    }
    write_points(buffer, context, permission, changes, way[0].sequence);
    if (buffer->length > 0) {
        add_id(buffer, context, way[1].sequence);
        buffer_add(buffer, "\n");
    }
}
