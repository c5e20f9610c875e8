/* page_points.c - the points of all sites or one, and the curve of a point. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "gateway/base/memory.h"
#include "gateway/base/parse.h"
#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/time_argument.h"

enum { CURVE_BUCKETS = 800 };

void page_points(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    const struct request *request = call->request;
    const struct permission *permission = &call->permission;
    const struct policy *policy = context->policy;
    int32_t site = request->site[0] == '\0' ? -1 : policy_find_site(policy, request->site);
    if (request->site[0] != '\0' && site < 0) {
        answer_refuse(answer, 404, "没有这个场所");
        return;
    }
    if (site >= 0 && !permission_sees_site(permission, site)) {
        answer_refuse(answer, 403, PAGE_NOT_YOUR_AREA);
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

/* False, with the answer filled: an argument is wrong. */
static bool read_curve(const struct page_call *call, struct curve *curve, struct answer *answer)
{
    const struct zone *zone = call->context->zone;
    const struct request *request = call->request;
    curve->to = call->now;
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

/* Here 0 is no missing time but the beginning of 1970. */
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

void page_history(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    struct curve curve = {.point = policy_find_point(context->policy, call->request->match.id)};
    if (curve.point < 0) {
        answer_refuse(answer, 404, "没有这个测点");
        return;
    }
    if (!permission_sees_point(&call->permission, curve.point)) {
        answer_refuse(answer, 403, PAGE_NOT_YOUR_AREA);
        return;
    }
    if (!read_curve(call, &curve, answer)) {
        return;
    }
    struct history_bucket *buckets = memory_take((size_t) curve.max, sizeof *buckets);
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
