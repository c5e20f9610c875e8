/* page_metrics.c - the numbers of the gateway as Prometheus text (exposition format 0.0.4). */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/json_write.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/web/page/pages.h"

static void add_head(struct text *text, const char *name, const char *type, const char *help)
{
    text_add(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_count(struct text *text, const char *name, const char *help, int64_t value)
{
    add_head(text, name, "counter", help);
    text_add(text, "%s %" PRId64 "\n", name, value);
}

static void add_gauge(struct text *text, const char *name, const char *help, int64_t value)
{
    add_head(text, name, "gauge", help);
    text_add(text, "%s %" PRId64 "\n", name, value);
}

static void add_points(struct text *text, const struct web_context *context)
{
    int64_t counts[QUALITY_COUNT] = {0};
    for (int32_t i = 0; i < context->policy->point_count; i++) {
        counts[snapshot_point(context->parts.snapshot, i).reading.quality]++;
    }
    add_head(text, "huoyan_points", "gauge", "Points by the quality of their newest reading.");
    for (int i = 0; i < QUALITY_COUNT; i++) {
        text_add(text, "huoyan_points{quality=\"%s\"} %" PRId64 "\n",
                 quality_name((enum quality) i), counts[i]);
    }
}

static void add_incidents(struct text *text, const struct web_context *context)
{
    int64_t counts[INCIDENT_STATE_COUNT][SEVERITY_COUNT] = {0};
    struct incident *incidents = malloc(SNAPSHOT_INCIDENTS_MAX * sizeof *incidents);
    CHECK(incidents != NULL);
    int32_t count = snapshot_incidents(context->parts.snapshot, incidents, SNAPSHOT_INCIDENTS_MAX);
    for (int32_t i = 0; i < count; i++) {
        counts[incidents[i].state][incidents[i].severity]++;
    }
    free(incidents);
    add_head(text, "huoyan_incidents", "gauge", "Incidents that are not closed.");
    for (int state = 0; state < INCIDENT_STATE_COUNT; state++) {
        for (int severity = 0; severity < SEVERITY_COUNT && state != INCIDENT_CLOSED; severity++) {
            text_add(text, "huoyan_incidents{state=\"%s\",severity=\"%s\"} %" PRId64 "\n",
                     incident_state_name((enum incident_state) state),
                     severity_name((enum severity) severity), counts[state][severity]);
        }
    }
}

static void add_sms(struct text *text, const struct web_context *context)
{
    if (context->parts.sms == NULL) {
        return;
    }
    struct sms_status status = sms_status(context->parts.sms);
    add_gauge(text, "huoyan_sms_up", "1 while the SMS path works.", status.is_well ? 1 : 0);
    add_gauge(text, "huoyan_sms_queued", "Messages not yet handed over.", status.queued);
    add_count(text, "huoyan_sms_sent_total", "Messages sent.", status.sent);
    add_count(text, "huoyan_sms_failed_total", "Messages that failed.", status.failed);
    add_count(text, "huoyan_sms_refused_total", "Messages that found no room in the queue.",
              status.refused);
}

static void add_history(struct text *text, const struct web_context *context)
{
    if (context->parts.history == NULL) {
        return;
    }
    struct history_status status = history_status(context->parts.history);
    add_count(text, "huoyan_readings_total", "Readings taken into history.", status.readings);
    add_count(text, "huoyan_history_dropped_total", "Readings that history could not keep.",
              status.dropped);
    add_count(text, "huoyan_history_commits_total", "Commits of history.", status.commits);
    add_gauge(text, "huoyan_history_bytes", "Size of history.db.", status.bytes);
    add_gauge(text, "huoyan_history_up", "1 while history can be written.", status.is_well ? 1 : 0);
}

/* One number of every store. */
static void add_store_line(struct text *text, const struct web_context *context, int32_t store,
                           const char *name, int64_t value)
{
    text_add(text, "%s{store=\"%s\"} %" PRId64 "\n", name, context->parts.store_id[store], value);
}

struct store_number {
    const char *name, *type, *help;
    int64_t (*value)(const struct forward_status *status, ms_t now);
};

static int64_t is_up(const struct forward_status *status, ms_t now)
{
    (void) now;
    return status->is_well ? 1 : 0;
}

static int64_t backlog(const struct forward_status *status, ms_t now)
{
    (void) now;
    return status->backlog;
}

static int64_t backlog_age(const struct forward_status *status, ms_t now)
{
    return status->oldest_at == 0 ? 0 : max_ms(0, now - status->oldest_at) / MS_PER_SECOND;
}

static int64_t sent(const struct forward_status *status, ms_t now)
{
    (void) now;
    return status->sent;
}

static int64_t quarantined(const struct forward_status *status, ms_t now)
{
    (void) now;
    return status->quarantined;
}

static int64_t requests(const struct forward_status *status, ms_t now)
{
    (void) now;
    return status->requests;
}

static const struct store_number store_numbers[] = {
    {"huoyan_store_up", "gauge", "1 while the store takes readings.", is_up},
    {"huoyan_store_backlog_readings", "gauge", "Readings the store has not taken.", backlog},
    {"huoyan_store_backlog_seconds", "gauge", "Age of the oldest of them.", backlog_age},
    {"huoyan_store_sent_total", "counter", "Readings the store has taken.", sent},
    {"huoyan_store_quarantined_total", "counter", "Readings the store refused.", quarantined},
    {"huoyan_store_requests_total", "counter", "Requests made to the store.", requests},
};

static void add_stores(struct text *text, const struct web_context *context, ms_t now)
{
    struct forward_status status[STORES_MAX];
    int32_t count = context->parts.forward_count;
    CHECK(count <= STORES_MAX);
    for (int32_t i = 0; i < count; i++) {
        status[i] = forward_status(context->parts.forward[i]);
    }
    for (size_t n = 0; n < sizeof store_numbers / sizeof store_numbers[0] && count > 0; n++) {
        const struct store_number *number = &store_numbers[n];
        add_head(text, number->name, number->type, number->help);
        for (int32_t i = 0; i < count; i++) {
            add_store_line(text, context, i, number->name, number->value(&status[i], now));
        }
    }
}

/* Resident pages stand second in /proc/self/statm (proc(5)). 0 when it cannot be read. */
static int64_t resident_bytes(void)
{
    char line[128]; /* seven numbers */
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    const char *read = fgets(line, sizeof line, file);
    (void) fclose(file);
    char *end = NULL;
    if (read == NULL) {
        return 0;
    }
    (void) strtoll(line, &end, 10);
    return strtoll(end, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static void add_process(struct text *text)
{
    add_head(text, "process_cpu_seconds_total", "counter", "CPU time of this process.");
    text_add(text, "process_cpu_seconds_total %.3f\n", clock_cpu_seconds());
    add_gauge(text, "process_resident_memory_bytes", "Resident memory of this process.",
              resident_bytes());
}

void page_healthz(const struct page_call *call, struct answer *answer)
{
    if (call->now - snapshot_touched_at(call->context->parts.snapshot) > PAGE_HEALTH_LIMIT_MS) {
        answer_refuse(answer, 503, "判断引擎已超过5秒没有运转");
        return;
    }
    json_write_open(&answer->body, '{');
    json_write_key_bool(&answer->body, "ok", true);
    json_write_close(&answer->body, '}');
}

void page_metrics(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    struct text *text = &answer->body;
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    add_head(text, "huoyan_build_info", "gauge", "The version that runs.");
    text_add(text, "huoyan_build_info{version=\"%s\"} 1\n", context->callbacks.version);
    add_points(text, context);
    add_incidents(text, context);
    add_sms(text, context);
    add_history(text, context);
    add_stores(text, context, call->now);
    if (context->parts.state != NULL) {
        add_count(text, "huoyan_state_lost_total", "Batches that state.db could not take.",
                  state_lost(context->parts.state));
    }
    add_count(text, "huoyan_web_requests_total", "Requests answered.",
              atomic_load(&context->request_count));
    add_gauge(text, "huoyan_web_viewers", "Open event streams.",
              atomic_load(&context->viewer_count));
    add_process(text);
    if (context->callbacks.add_metrics != NULL) {
        context->callbacks.add_metrics(context->callbacks.context, text);
    }
}
