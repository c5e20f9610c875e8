/* page_metrics.c - the numbers of the gateway as Prometheus text (exposition format 0.0.4). */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/json_write.h"
#include "gateway/base/memory.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/web/page/pages.h"

/* A name that ends in _total is a counter, by the custom of Prometheus. */
static void add_metric_head(struct text *text, const char *name, const char *help)
{
    const char *last_word = strrchr(name, '_');
    bool is_counter = last_word != NULL && strcmp(last_word, "_total") == 0;
    text_add(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
             is_counter ? "counter" : "gauge");
}

static void add_metric(struct text *text, const char *name, const char *help, int64_t value)
{
    add_metric_head(text, name, help);
    text_add(text, "%s %" PRId64 "\n", name, value);
}

static void add_point_counts(struct text *text, const struct web_context *context)
{
    int64_t counts[QUALITY_COUNT] = {0};
    for (int32_t i = 0; i < context->policy->point_count; i++) {
        counts[snapshot_point(context->parts.snapshot, i).reading.quality]++;
    }
    add_metric_head(text, "huoyan_points", "Points by the quality of their newest reading.");
    for (int i = 0; i < QUALITY_COUNT; i++) {
        text_add(text, "huoyan_points{quality=\"%s\"} %" PRId64 "\n",
                 quality_name((enum quality) i), counts[i]);
    }
}

static void add_incident_counts(struct text *text, const struct web_context *context)
{
    int64_t counts[INCIDENT_STATE_COUNT][SEVERITY_COUNT] = {0};
    int32_t count = 0;
    struct incident *incidents =
        snapshot_incidents(context->parts.snapshot, SNAPSHOT_INCIDENTS_MAX, &count);
    for (int32_t i = 0; i < count; i++) {
        counts[incidents[i].state][incidents[i].severity]++;
    }
    free(incidents);
    add_metric_head(text, "huoyan_incidents", "Incidents that are not closed.");
    for (int state = 0; state < INCIDENT_STATE_COUNT; state++) {
        for (int severity = 0; severity < SEVERITY_COUNT && state != INCIDENT_CLOSED; severity++) {
            text_add(text, "huoyan_incidents{state=\"%s\",severity=\"%s\"} %" PRId64 "\n",
                     incident_state_name((enum incident_state) state),
                     severity_name((enum severity) severity), counts[state][severity]);
        }
    }
}

static void add_sms_numbers(struct text *text, const struct web_context *context)
{
    if (context->parts.sms == NULL) {
        return;
    }
    struct sms_status status = sms_status(context->parts.sms);
    add_metric(text, "huoyan_sms_up", "1 while the SMS path works.", status.is_ok ? 1 : 0);
    add_metric(text, "huoyan_sms_queued", "Messages not yet handed over.", status.queued);
    add_metric(text, "huoyan_sms_sent_total", "Messages sent.", status.sent);
    add_metric(text, "huoyan_sms_failed_total", "Messages that failed.", status.failed);
    add_metric(text, "huoyan_sms_refused_total", "Messages that found no room in the queue.",
               status.refused);
}

static void add_history_numbers(struct text *text, const struct web_context *context)
{
    if (context->parts.history == NULL) {
        return;
    }
    struct history_status status = history_status(context->parts.history);
    add_metric(text, "huoyan_readings_total", "Readings taken into history.", status.readings);
    add_metric(text, "huoyan_history_dropped_total", "Readings that history could not keep.",
               status.dropped);
    add_metric(text, "huoyan_history_commits_total", "Commits of history.", status.commits);
    add_metric(text, "huoyan_history_bytes", "Size of history.db.", status.bytes);
    add_metric(text, "huoyan_history_up", "1 while history can be written.", status.is_ok ? 1 : 0);
}

enum { STORE_METRICS = 6 };

static void fill_store_metrics(struct forward *store, ms_t now,
                               struct web_metric ret_metric[static STORE_METRICS])
{
    struct forward_status status = forward_status(store);
    ms_t age = status.oldest_at == 0 ? 0 : max_ms(0, now - status.oldest_at);
    const struct web_metric all[STORE_METRICS] = {
        {"huoyan_store_up", "1 while the store takes readings.", "", status.is_ok ? 1 : 0},
        {"huoyan_store_backlog_readings", "Readings the store has not taken.", "", status.backlog},
        {"huoyan_store_backlog_seconds", "Age of the oldest of them.", "", age / MS_PER_SECOND},
        {"huoyan_store_sent_total", "Readings the store has taken.", "", status.sent},
        {"huoyan_store_quarantined_total", "Readings the store refused.", "", status.quarantined},
        {"huoyan_store_requests_total", "Requests made to the store.", "", status.requests},
    };
    memcpy(ret_metric, all, sizeof all);
}

/* Prometheus wants the lines of one name together, so the stores are inside. */
static void add_store_metrics(struct text *text, const struct web_context *context, ms_t now)
{
    struct web_metric metric[STORES_MAX][STORE_METRICS];
    int32_t count = context->parts.forward_count;
    CHECK(count <= STORES_MAX);
    for (int32_t i = 0; i < count; i++) {
        fill_store_metrics(context->parts.forward[i], now, metric[i]);
    }
    for (int n = 0; n < STORE_METRICS && count > 0; n++) {
        add_metric_head(text, metric[0][n].name, metric[0][n].help);
        for (int32_t i = 0; i < count; i++) {
            text_add(text, "%s{store=\"%s\"} %" PRId64 "\n", metric[i][n].name,
                     context->parts.store_id[i], metric[i][n].value);
        }
    }
}

static void add_daemon_metrics(struct text *text, const struct web_callbacks *callbacks)
{
    struct web_metric metric[WEB_METRICS_MAX];
    int32_t count = callbacks->metrics == NULL ? 0 : callbacks->metrics(callbacks->context, metric);
    for (int32_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(metric[i].name, metric[i - 1].name) != 0) {
            add_metric_head(text, metric[i].name, metric[i].help);
        }
        text_add(text, "%s%s %" PRId64 "\n", metric[i].name, metric[i].labels, metric[i].value);
    }
}

/* The second number of /proc/self/statm is the resident pages (proc(5)). 0: it cannot be read. */
static int64_t read_resident_bytes(void)
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

void page_healthz(const struct page_call *call, struct answer *answer)
{
    if (call->now - snapshot_marks(call->context->parts.snapshot).touched_at >
        PAGE_HEALTH_LIMIT_MS) {
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
    add_metric_head(text, "huoyan_build_info", "The version that runs.");
    text_add(text, "huoyan_build_info{version=\"%s\"} 1\n", context->callbacks.version);
    add_point_counts(text, context);
    add_incident_counts(text, context);
    add_sms_numbers(text, context);
    add_history_numbers(text, context);
    add_store_metrics(text, context, call->now);
    if (context->parts.state != NULL) {
        add_metric(text, "huoyan_state_lost_total", "Batches that state.db could not take.",
                   state_lost(context->parts.state));
    }
    add_metric(text, "huoyan_web_requests_total", "Requests answered.",
               atomic_load(&context->request_count));
    add_metric(text, "huoyan_web_viewers", "Open event streams.",
               atomic_load(&context->viewer_count));
    add_metric_head(text, "process_cpu_seconds_total", "CPU time of this process.");
    text_add(text, "process_cpu_seconds_total %.3f\n", clock_cpu_seconds());
    add_metric(text, "process_resident_memory_bytes", "Resident memory of this process.",
               read_resident_bytes());
    add_daemon_metrics(text, &context->callbacks);
}
