#include "gateway/daemon/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

/* Restoring: state, then history; then the clock goes on from the latest stored time. */

static void adopt_owed(struct daemon *daemon, const struct effect_message *message)
{
    struct effect_message *owed =
        realloc(daemon->owed, (size_t) (daemon->owed_count + 1) * sizeof *owed);
    CHECK(owed != NULL);
    daemon->owed = owed;
    daemon->owed[daemon->owed_count++] = *message;
    engine_adopt_message(daemon->engine, message, true);
}

static void adopt_record(void *context, const struct state_record *record)
{
    struct daemon *daemon = context;
    switch (record->kind) {
    case STATE_INCIDENT:
        engine_adopt_incident(daemon->engine, &record->incident);
        break;
    case STATE_ALARM:
        engine_adopt_alarm(daemon->engine, &record->alarm);
        break;
    case STATE_MESSAGE:
        engine_adopt_message(daemon->engine, &record->message, false);
        break;
    case STATE_OWED:
        adopt_owed(daemon, &record->message);
        break;
    case STATE_REPLY:
        engine_adopt_reply(daemon->engine, &record->reply);
        break;
    case STATE_CODE:
        engine_adopt_code(daemon->engine, record->code.code, record->code.at);
        break;
    case STATE_MAINTENANCE:
        engine_adopt_maintenance(daemon->engine, &record->maintenance);
        break;
    case STATE_IDS:
        engine_adopt_ids(daemon->engine, record->ids.last_incident, record->ids.last_message);
        daemon->last_stamp = max_ms(daemon->last_stamp, record->ids.last_stamp);
        break;
    }
}

static void adopt_reading(void *context, const struct reading *reading)
{
    const struct daemon *daemon = context;
    engine_remember(daemon->engine, reading);
    if (daemon->flatline != NULL) {
        struct reading judged = *reading; /* the engine gets it as it was stored */
        flatline_judge(daemon->flatline, &judged, 1);
    }
}

static bool restore_records(struct daemon *daemon, struct error *error)
{
    ms_t now = clock_ms();
    ms_t history_stamp = 0;
    ms_t longest = MS_PER_HOUR; /* without a window too: last values are restored */
    for (int32_t i = 0; i < daemon->policy->window_count; i++) {
        longest = max_ms(longest, daemon->policy->window[i].span_ms);
    }
    if (!state_load(daemon->state, now, daemon, adopt_record, error) ||
        !history_replay(daemon->history, now - longest, daemon, adopt_reading, &history_stamp,
                        error)) {
        return false;
    }
    if (!clock_start(max_ms(daemon->last_stamp, history_stamp))) {
        log_line(LOG_LEVEL_WARNING, "clock",
                 "the wall clock stands earlier than the last stored reading; gateway time goes "
                 "on from there, please set the clock");
    }
    return true;
}

/* Opening. */

/* A damaged state.db must not stop the alarms. It is set aside, the gateway starts with an empty
 * one, and an incident says what has to be entered again. */
static bool open_state(struct daemon *daemon, struct error *error)
{
    const char *data_dir = daemon->config->data_dir;
    if (state_open(data_dir, &daemon->state, error)) {
        return true;
    }
    struct error why = {""};
    if (!state_set_aside(data_dir, clock_ms(), &why)) {
        return false;
    }
    daemon->has_lost_state = true;
    return state_open(data_dir, &daemon->state, error);
}

static bool open_databases(struct daemon *daemon, struct error *error)
{
    const struct config *config = daemon->config;
    if (!lockfile_take(config->data_dir, &daemon->lockfile, error) || !open_state(daemon, error)) {
        return false;
    }
    const char **ids = arena_take(daemon->arena, (size_t) daemon->policy->point_count, sizeof *ids);
    for (int32_t i = 0; i < daemon->policy->point_count; i++) {
        ids[i] = daemon->policy->point[i].id;
    }
    const struct history_settings settings = {.data_dir = config->data_dir,
                                              .keep_ms = config->history_keep_ms,
                                              .bytes_max = config->history_bytes_max,
                                              .point_count = daemon->policy->point_count,
                                              .point_id = ids};
    return history_open(&settings, &daemon->history, error);
}

static void build_engine(struct daemon *daemon)
{
    daemon->engine = engine_new(daemon->arena, daemon->policy);
    daemon->effects = arena_take(daemon->arena, 1, sizeof *daemon->effects);
    daemon->flatline = daemon_new_flatline(daemon);
    daemon->mailbox = mailbox_new();
    daemon->receipts = reply_receipts_new(daemon->mailbox);
    daemon->tickets = tickets_new();
    daemon->output = calloc((size_t) daemon->policy->output_count + 1, sizeof *daemon->output);
    CHECK(daemon->output != NULL);
    daemon->snapshot = snapshot_new(daemon->policy->point_count);
}

static void show_restored(struct daemon *daemon)
{
    for (int32_t i = 0; i < engine_incident_count(daemon->engine); i++) {
        snapshot_set_incident(daemon->snapshot, engine_incident_at(daemon->engine, i));
    }
    for (int32_t i = 0; i < engine_maintenance_count(daemon->engine); i++) {
        const struct effect_maintenance maintenance = engine_maintenance_at(daemon->engine, i);
        snapshot_set_maintenance(daemon->snapshot, &maintenance);
    }
    snapshot_touch(daemon->snapshot, clock_ms());
}

static void send_owed(struct daemon *daemon)
{
    for (int32_t i = 0; i < daemon->owed_count; i++) {
        (void) sms_send(daemon->sms, &daemon->owed[i], true);
    }
    free(daemon->owed);
    daemon->owed = NULL;
    daemon->owed_count = 0;
}

static bool open_parts(struct daemon *daemon, struct error *error)
{
    if (!open_databases(daemon, error)) {
        return false;
    }
    build_engine(daemon);
    if (!restore_records(daemon, error)) {
        return false;
    }
    arena_freeze(daemon->arena);
    engine_start(daemon->engine, clock_ms(), daemon->effects);
    show_restored(daemon);
    if (!daemon_start_performers(daemon, error)) {
        return false;
    }
    send_owed(daemon);
    return daemon_start_wire(daemon, error) && daemon_open_web(daemon, error);
}

bool daemon_open(const struct config *config, const struct daemon_options *options,
                 struct daemon **ret_daemon, struct error *error)
{
    struct daemon *daemon = calloc(1, sizeof *daemon);
    CHECK(daemon != NULL);
    daemon->config = config;
    daemon->policy = config->policy;
    daemon->options = *options;
    daemon->arena = arena_new();
    if (!open_parts(daemon, error)) {
        daemon_close(daemon);
        return false;
    }
    *ret_daemon = daemon;
    return true;
}

/* Running and closing. */

void daemon_run(struct daemon *daemon, const atomic_bool *must_stop)
{
    daemon->has_run = true;
    loop_run(daemon, must_stop);
}

void daemon_wake(struct daemon *daemon)
{
    mailbox_wake(daemon->mailbox);
}

/* The wire makes the outputs safe while it stops, and these writes are recorded. A daemon that
 * never ran records nothing: the effects of engine_start were not carried out, and the next
 * start asks for them again. */
static void stop_wire(struct daemon *daemon)
{
    wire_stop(daemon->wire);
    daemon->wire = NULL;
    if (daemon->has_run) {
        loop_drain(daemon);
    }
}

void daemon_close(struct daemon *daemon)
{
    if (daemon == NULL) {
        return;
    }
    daemon_close_web(daemon);
    stop_wire(daemon);
    sms_stop(daemon->sms);
    history_stop(daemon->history); /* its last commit wakes the forwarders */
    for (int32_t i = 0; i < daemon->forward_count; i++) {
        forward_stop(daemon->forward[i]);
    }
    state_stop(daemon->state);
    history_close(daemon->history);
    state_close(daemon->state);
    dispatch_free(daemon->dispatch);
    reply_receipts_free(daemon->receipts);
    snapshot_free(daemon->snapshot);
    tickets_free(daemon->tickets);
    mailbox_free(daemon->mailbox);
    lockfile_release(daemon->lockfile);
    free(daemon->owed);
    free(daemon->output);
    arena_free(daemon->arena);
    free(daemon);
}

int daemon_port(const struct daemon *daemon)
{
    return web_port(daemon->web);
}

struct snapshot *daemon_snapshot(struct daemon *daemon)
{
    return daemon->snapshot;
}
