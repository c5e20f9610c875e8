#include "gateway/io/web/page/pages.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/request/request_body.h"
#include "gateway/io/web/request/time_argument.h"

enum { CURVE_BUCKETS = 800 };

static const char no_such_point[] = "没有这个测点";
static const char no_such_site[] = "没有这个场所";
static const char no_such_incident[] = "没有这个事件";
static const char not_your_area[] = "不在您负责的区域";

/* 1. Points. */

void page_points(const struct web_context *context, const struct request *request,
                 const struct permission *permission, struct answer *answer)
{
    const struct policy *policy = context->policy;
    int32_t site = request->site[0] == '\0' ? -1 : policy_find_site(policy, request->site);
    if (request->site[0] != '\0' && site < 0) {
        answer_refuse(answer, 404, no_such_site);
        return;
    }
    if (site >= 0 && !permission_sees_site(permission, site)) {
        answer_refuse(answer, 403, not_your_area);
        return;
    }
    json_write_open(&answer->body, '[');
    for (int32_t i = 0; i < policy->point_count; i++) {
        if ((site < 0 || policy->point[i].site == site) && permission_sees_point(permission, i)) {
            api_json_add_point(&answer->body, context, i);
        }
    }
    json_write_close(&answer->body, ']');
}

struct curve {
    int32_t point;
    ms_t from, to;
    int64_t max;
};

/* False and the answer filled: a sentence why not. */
static bool read_curve(const struct web_context *context, const struct request *request, ms_t now,
                       struct curve *curve, struct answer *answer)
{
    const struct zone *zone = context->zone;
    curve->to = now;
    curve->max = CURVE_BUCKETS;
    bool is_good = request->to[0] == '\0' || time_argument_parse(zone, request->to, &curve->to);
    curve->from = curve->to - MS_PER_DAY;
    is_good = is_good &&
              (request->from[0] == '\0' || time_argument_parse(zone, request->from, &curve->from));
    if (!is_good || curve->from >= curve->to) {
        answer_refuse(answer, 400, "from和to应当是ISO 8601时间，且from早于to");
        return false;
    }
    if (request->max[0] != '\0' && !parse_int(request->max, 1, HISTORY_CURVE_MAX, &curve->max)) {
        answer_refuse(answer, 400, "max应当是1到4000之间的整数");
        return false;
    }
    return true;
}

/* Here 0 is a time like any other: the beginning of 1970. */
static void add_curve_end(struct text *json, const struct web_context *context, const char *key,
                          ms_t at)
{
    char iso[ZONE_ISO_MAX];
    zone_format_iso(context->zone, at, iso);
    json_write_key_string(json, key, iso);
}

static void add_curve_bucket(struct text *json, const struct web_context *context,
                             const struct history_bucket *bucket)
{
    bool has_value = bucket->good > 0;
    json_write_open(json, '{');
    json_write_key_time(json, "at", context->zone, bucket->at);
    json_write_key_number(json, "min", has_value ? bucket->min : (double) NAN);
    json_write_key_number(json, "max", has_value ? bucket->max : (double) NAN);
    json_write_key_number(json, "mean", has_value ? bucket->mean : (double) NAN);
    json_write_key_int(json, "samples", bucket->good);
    json_write_key_int(json, "missing", bucket->missing);
    json_write_close(json, '}');
}

static void add_curve(struct text *json, const struct web_context *context,
                      const struct curve *curve, const struct history_bucket *buckets,
                      int32_t count)
{
    json_write_open(json, '{');
    json_write_key_string(json, "point", context->policy->point[curve->point].id);
    add_curve_end(json, context, "from", curve->from);
    add_curve_end(json, context, "to", curve->to);
    json_write_key_open(json, "buckets", '[');
    for (int32_t i = 0; i < count; i++) {
        add_curve_bucket(json, context, &buckets[i]);
    }
    json_write_close(json, ']');
    json_write_close(json, '}');
}

void page_history(const struct web_context *context, const struct request *request,
                  const struct permission *permission, ms_t now, struct answer *answer)
{
    struct curve curve = {.point = policy_find_point(context->policy, request->match.id)};
    if (curve.point < 0) {
        answer_refuse(answer, 404, no_such_point);
        return;
    }
    if (!permission_sees_point(permission, curve.point)) {
        answer_refuse(answer, 403, not_your_area);
        return;
    }
    if (!read_curve(context, request, now, &curve, answer)) {
        return;
    }
    struct history_bucket *buckets = malloc((size_t) curve.max * sizeof *buckets);
    CHECK(buckets != NULL);
    struct error error;
    int32_t count = history_curve(context->parts.history, curve.point, curve.from, curve.to,
                                  (int32_t) curve.max, buckets, &error);
    if (count < 0) {
        answer_refuse(answer, 503, error.text);
    } else {
        add_curve(&answer->body, context, &curve, buckets, count);
    }
    free(buckets);
}

/* 2. Incidents. */

bool page_read_states(const char *text, unsigned *ret_states)
{
    unsigned states = text[0] == '\0' ? (1U << INCIDENT_STATE_COUNT) - 1 : 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        unsigned found = 0;
        for (int i = 0; i < INCIDENT_STATE_COUNT; i++) {
            const char *name = incident_state_name((enum incident_state) i);
            bool is_this = strlen(name) == length && strncmp(name, text, length) == 0;
            found |= is_this ? 1U << i : 0;
        }
        if (found == 0) {
            return false;
        }
        states |= found;
        text += length + (text[length] == ',' ? 1 : 0);
    }
    *ret_states = states;
    return true;
}

/* The list while it is written. */
struct list {
    const struct web_context *context;
    const struct permission *permission;
    unsigned states;
    int32_t count;
    struct text *json;
};

static void list_add(struct list *list, const struct incident *incident)
{
    if ((list->states & 1U << incident->state) != 0 &&
        permission_sees_incident(list->permission, incident)) {
        api_json_add_incident(list->json, list->context, list->permission, incident, NULL, 0);
        list->count++;
    }
}

static void list_add_stored(struct list *list, int64_t id)
{
    char text[24]; /* an int64_t */
    (void) snprintf(text, sizeof text, "%" PRId64, id);
    struct incident incident;
    if (state_find_incident(list->context->parts.state, text, &incident) && incident.id == id) {
        list_add(list, &incident);
    }
}

/* Newest first: what the snapshot knows, and between and behind it what only state remembers. */
static void list_merge(struct list *list, const struct incident *known, int32_t known_count,
                       const int64_t *stored, int32_t stored_count)
{
    int32_t k = 0;
    int32_t s = 0;
    while ((k < known_count || s < stored_count) && list->count < PAGE_INCIDENTS_MAX) {
        int64_t known_id = k < known_count ? known[k].id : -1;
        int64_t stored_id = s < stored_count ? stored[s] : -1;
        if (known_id >= stored_id) {
            list_add(list, &known[k]);
            k++;
            s += known_id == stored_id ? 1 : 0;
        } else {
            list_add_stored(list, stored_id);
            s++;
        }
    }
}

void page_incidents(const struct web_context *context, const struct request *request,
                    const struct permission *permission, struct answer *answer)
{
    struct list list = {.context = context, .permission = permission, .json = &answer->body};
    if (!page_read_states(request->state, &list.states)) {
        answer_refuse(answer, 400,
                      "state应当是open、acked、rectifying、reinspect、false_claim、closed之一，"
                      "可用逗号分隔多个");
        return;
    }
    struct incident *known = malloc(SNAPSHOT_INCIDENTS_MAX * sizeof *known);
    int64_t *stored = malloc(PAGE_INCIDENTS_MAX * sizeof *stored);
    CHECK(known != NULL && stored != NULL);
    int32_t known_count =
        snapshot_incidents(context->parts.snapshot, known, SNAPSHOT_INCIDENTS_MAX);
    bool wants_closed = (list.states & 1U << INCIDENT_CLOSED) != 0;
    int32_t stored_count =
        wants_closed ? state_list_incidents(context->parts.state, stored, PAGE_INCIDENTS_MAX) : 0;
    json_write_open(&answer->body, '[');
    list_merge(&list, known, known_count, stored, stored_count);
    json_write_close(&answer->body, ']');
    free(known);
    free(stored);
}

/* Looks in the snapshot, then in state. False and the answer filled: there is none, or it is not theirs. */
static bool find_incident(const struct web_context *context, const char *id_or_code,
                          const struct permission *permission, struct incident *ret_incident,
                          struct answer *answer)
{
    if (!snapshot_find_incident(context->parts.snapshot, id_or_code, ret_incident) &&
        !state_find_incident(context->parts.state, id_or_code, ret_incident)) {
        answer_refuse(answer, 404, no_such_incident);
        return false;
    }
    if (!permission_sees_incident(permission, ret_incident)) {
        answer_refuse(answer, 403, not_your_area);
        return false;
    }
    return true;
}

void page_incident(const struct web_context *context, const struct request *request,
                   const struct permission *permission, struct answer *answer)
{
    struct incident incident;
    if (!find_incident(context, request->match.id, permission, &incident, answer)) {
        return;
    }
    struct effect_entry *entries = malloc(PAGE_TIMELINE_MAX * sizeof *entries);
    CHECK(entries != NULL);
    int32_t count = state_timeline(context->parts.state, incident.id, entries, PAGE_TIMELINE_MAX);
    api_json_add_incident(&answer->body, context, permission, &incident, entries, count);
    free(entries);
}

/* 3. Links. */

void page_links(const struct web_context *context, struct answer *answer)
{
    json_write_open(&answer->body, '[');
    for (int32_t i = 0; i < context->callbacks.link_count; i++) {
        json_write_open(&answer->body, '{');
        context->callbacks.add_link(context->callbacks.context, i, &answer->body);
        json_write_close(&answer->body, '}');
    }
    json_write_close(&answer->body, ']');
}

/* 4. Commands. */

void page_command(const struct web_context *context, const struct request *request,
                  const struct identity *identity, struct answer *answer)
{
    struct permission permission = permission_of(context->policy, identity);
    struct incident incident;
    char note[REQUEST_NOTE_MAX];
    struct error error;
    if (!find_incident(context, request->match.id, &permission, &incident, answer)) {
        return;
    }
    if (!request_body_read_note(request->body.bytes, request->body.length, note, &error)) {
        answer_refuse(answer, 400, error.text);
        return;
    }
    const struct event_command command = {.verb = request->match.verb,
                                          .incident = incident.id,
                                          .actor = identity->name,
                                          .person = identity->person,
                                          .channel = "web",
                                          .note = note,
                                          .is_area_bound = permission.is_bound};
    char text[ANSWER_MAX] = "";
    int status = context->callbacks.command(context->callbacks.context, &command, text);
    if (status != 200) {
        answer_refuse(answer, status, text);
        return;
    }
    char id[24]; /* an int64_t */
    (void) snprintf(id, sizeof id, "%" PRId64, incident.id);
    (void) snapshot_find_incident(context->parts.snapshot, id, &incident);
    api_json_add_incident(&answer->body, context, &permission, &incident, NULL, 0);
}
