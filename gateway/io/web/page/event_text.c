#include "gateway/io/web/page/event_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/io/system/clock.h"
#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/page_overview.h"

static void add_event_id(struct text *text, const struct web_context *context, int64_t sequence)
{
    text_add(text, "id: %" PRId64 "\n", context->event_base + sequence);
}

static void begin_event(struct text *text, const struct web_context *context, const char *name,
                        int64_t sequence)
{
    add_event_id(text, context, sequence);
    text_add(text, "event: %s\ndata: ", name);
}

static void write_reading_event(struct text *text, const struct web_context *context,
                                const struct permission *permission,
                                const struct snapshot_changes *changes, int64_t from)
{
    size_t before = text->length;
    begin_event(text, context, "reading", from);
    text_add(text, "[");
    size_t empty = text->length;
    for (int32_t i = 0; i < changes->point_count; i++) {
        if (permission_sees_point(permission, changes->point[i])) {
            api_json_add_value(text, context, changes->point[i]);
        }
    }
    if (text->length == empty) {
        text->length = before;
        return;
    }
    text_add(text, "]\n\n");
}

static void write_incident_event(struct text *text, const struct web_context *context,
                                 const struct permission *permission, int64_t id, int64_t from)
{
    char id_text[24]; /* an int64_t */
    (void) snprintf(id_text, sizeof id_text, "%" PRId64, id);
    struct incident incident;
    if (!snapshot_find_incident(context->parts.snapshot, id_text, &incident) || incident.id != id ||
        !permission_sees_incident(permission, &incident)) {
        return;
    }
    begin_event(text, context, "incident", from);
    api_json_add_incident(text, context, permission, &incident, NULL, 0);
    text_add(text, "\n\n");
}

void event_text_write(struct text *text, const struct web_context *context,
                      const struct permission *permission, const struct snapshot_changes *changes,
                      const struct event_text_place way[2])
{
    if (way[1].health != way[0].health) {
        begin_event(text, context, "health", way[0].sequence);
        page_overview_add_health(text, context, permission, clock_ms());
        text_add(text, "\n\n");
    }
    for (int32_t i = 0; i < changes->incident_count; i++) {
        write_incident_event(text, context, permission, changes->incident[i], way[0].sequence);
    }
    write_reading_event(text, context, permission, changes, way[0].sequence);
    if (text->length > 0) {
        add_event_id(text, context, way[1].sequence);
        text_add(text, "\n");
    }
}
