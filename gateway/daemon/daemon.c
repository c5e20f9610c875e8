#include "gateway/daemon/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/daemon/daemon_parts.h"
#include "gateway/daemon/dispatch.h"
#include "gateway/daemon/loop.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

/* 1. What was stored comes back: state, then history, then the clock goes on from the latest stamp. */

static void adopt_incident(void *context, const struct incident *incident)
{
    engine_adopt_incident(((struct house *) context)->engine, incident);
}

static void adopt_alarm(void *context, const struct effect_alarm *alarm)
{
    engine_adopt_alarm(((struct house *) context)->engine, alarm);
}

static void adopt_message(void *context, const struct effect_message *message)
{
    engine_adopt_message(((struct house *) context)->engine, message);
}

static void adopt_owed(void *context, const struct effect_message *message)
{
    struct house *house = context;
    struct effect_message *owed =
        realloc(house->owed, (size_t) (house->owed_count + 1) * sizeof *owed);
    CHECK(owed != NULL);
    house->owed = owed;
    house->owed[house->owed_count++] = *message;
    engine_adopt_owed(house->engine, message);
}

static void adopt_reply(void *context, const struct effect_reply *reply)
{
    engine_adopt_reply(((struct house *) context)->engine, reply);
}

static void adopt_code(void *context, const char *code, ms_t at)
{
    engine_adopt_code(((struct house *) context)->engine, code, at);
}

static void adopt_maintenance(void *context, const struct effect_maintenance *maintenance)
{
    engine_adopt_maintenance(((struct house *) context)->engine, maintenance);
}

static void adopt_ids(void *context, int64_t last_incident, int64_t last_message, ms_t last_stamp)
{
    struct house *house = context;
    engine_adopt_ids(house->engine, last_incident, last_message);
    house->last_stamp = max_ms(house->last_stamp, last_stamp);
}

static void remember(void *context, const struct reading *reading)
{
    const struct house *house = context;
    engine_remember(house->engine, reading);
    if (house->flatline != NULL) {
        struct reading judged = *reading; /* as it was stored is what counts */
        flatline_judge(house->flatline, &judged, 1);
    }
}

static ms_t longest_window(const struct policy *policy)
{
    ms_t longest = MS_PER_HOUR; /* last values come back too */
    for (int32_t i = 0; i < policy->window_count; i++) {
        longest = max_ms(longest, policy->window[i].span_ms);
    }
    return longest;
}

static bool restore(struct house *house, struct error *error)
{
    const struct state_visitor visitor = {.context = house,
                                          .incident = adopt_incident,
                                          .alarm = adopt_alarm,
                                          .message = adopt_message,
                                          .owed = adopt_owed,
                                          .reply = adopt_reply,
                                          .code = adopt_code,
                                          .maintenance = adopt_maintenance,
                                          .ids = adopt_ids};
    ms_t now = clock_ms();
    ms_t history_stamp = 0;
    if (!state_load(house->state, now, &visitor, error) ||
        !history_replay(house->history, now - longest_window(house->policy), house, remember,
                        &history_stamp, error)) {
        return false;
    }
    if (!clock_start(max_ms(house->last_stamp, history_stamp))) {
        log_line(LOG_LEVEL_WARNING, "clock",
                 "the wall clock stands earlier than the last stored reading; house time goes on "
                 "from there, please set the clock");
    }
    return true;
}

/* 2. Opening, room by room. */

/* A state that the power or the disk has spoilt keeps nobody from being warned: it is set aside, the gateway begins
 * anew, and an incident says what must be made again. */
static bool open_state(struct house *house, struct error *error)
{
    const char *data_dir = house->config->data_dir;
    if (state_open(data_dir, &house->state, error)) {
        return true;
    }
    struct error why = {""};
    if (!state_set_aside(data_dir, clock_ms(), &why)) {
        return false;
    }
    house->has_lost_state = true;
    return state_open(data_dir, &house->state, error);
}

static bool open_stores_of_truth(struct house *house, struct error *error)
{
    const struct config *config = house->config;
    if (!lockfile_take(config->data_dir, &house->lockfile, error) || !open_state(house, error)) {
        return false;
    }
    const char **ids = arena_take(house->arena, (size_t) house->policy->point_count, sizeof *ids);
    for (int32_t i = 0; i < house->policy->point_count; i++) {
        ids[i] = house->policy->point[i].id;
    }
    const struct history_settings settings = {.data_dir = config->data_dir,
                                              .keep_ms = config->history_keep_ms,
                                              .bytes_max = config->history_bytes_max,
                                              .point_count = house->policy->point_count,
                                              .point_id = ids};
    return history_open(&settings, &house->history, error);
}

static void build_core(struct house *house)
{
    house->engine = engine_new(house->arena, house->policy);
    house->effects = arena_take(house->arena, 1, sizeof *house->effects);
    house->flatline = house_new_flatline(house);
    house->mailbox = mailbox_new();
    house->tickets = tickets_new();
    house->output = calloc((size_t) house->policy->output_count + 1, sizeof *house->output);
    CHECK(house->output != NULL);
    house->snapshot = snapshot_new(house->policy->point_count);
    const struct dispatch_parts parts = {.state = house->state,
                                         .snapshot = house->snapshot,
                                         .tickets = house->tickets,
                                         .mailbox = house->mailbox,
                                         .context = house,
                                         .switch_output = house_switch_output};
    house->dispatch = dispatch_new(&parts);
    if (house->has_lost_state) {
        dispatch_tell_ill(house->dispatch,
                          "状态库损坏,已另存为state.db.damaged,未销号事件和用户须重建");
    }
}

static void show_restored(struct house *house)
{
    for (int32_t i = 0; i < engine_incident_count(house->engine); i++) {
        snapshot_set_incident(house->snapshot, engine_incident_at(house->engine, i));
    }
    for (int32_t i = 0; i < engine_maintenance_count(house->engine); i++) {
        const struct effect_maintenance maintenance = engine_maintenance_at(house->engine, i);
        snapshot_set_maintenance(house->snapshot, &maintenance);
    }
    snapshot_touch(house->snapshot, clock_ms());
}

static bool start_performers(struct house *house, struct error *error)
{
    struct sms_settings sms = house->config->sms;
    sms.reply_fd = house->options.reply_fd;
    const struct state_callbacks on_state = {.context = house, .on_written = house_on_written};
    const struct history_callbacks on_history = {
        .context = house, .on_health = house_on_history, .on_commit = house_on_commit};
    const struct sms_callbacks on_notify = {.context = house,
                                            .on_outcome = house_on_outcome,
                                            .on_reply = house_on_reply,
                                            .on_health = house_on_sms};
    if (!state_start(house->state, &on_state, error) ||
        !sms_start(&sms, &on_notify, &house->sms, error)) {
        return false;
    }
    dispatch_attach(house->dispatch, house->sms);
    const struct forward_callbacks on_forward = {.context = house, .on_health = house_on_store};
    for (int32_t i = 0; i < house->config->store_count; i++) {
        if (!forward_start(&house->config->store[i], house->history, house->policy, &on_forward,
                           &house->forward[i], error)) {
            return false;
        }
        house->forward_count++;
    }
    return history_start(house->history, &on_history, error);
}

static void send_owed(struct house *house)
{
    for (int32_t i = 0; i < house->owed_count; i++) {
        (void) sms_send(house->sms, &house->owed[i], true);
    }
    free(house->owed);
    house->owed = NULL;
    house->owed_count = 0;
}

static bool start_wire(struct house *house, struct error *error)
{
    const struct wire_settings settings = {.link_count = house->config->link_count,
                                           .link = house->config->link,
                                           .now_us = clock_us,
                                           .context = house,
                                           .post_readings = house_post_readings,
                                           .post_end = house_post_end,
                                           .post_link = house_post_link,
                                           .post_write = house_post_write,
                                           .post_output = house_post_output,
                                           .listener = house->config->listener,
                                           .post_door = house_post_door,
                                           .post_stranger = house_post_stranger};
    return wire_start(&settings, &house->wire, error);
}

static bool open_rooms(struct house *house, struct error *error)
{
    if (!open_stores_of_truth(house, error)) {
        return false;
    }
    build_core(house);
    if (!restore(house, error)) {
        return false;
    }
    arena_freeze(house->arena);
    engine_start(house->engine, clock_ms(), house->effects);
    show_restored(house);
    if (!start_performers(house, error)) {
        return false;
    }
    send_owed(house);
    return start_wire(house, error) && house_open_web(house, error);
}

bool house_open(const struct config *config, const struct house_options *options,
                struct house **ret_house, struct error *error)
{
    struct house *house = calloc(1, sizeof *house);
    CHECK(house != NULL);
    house->config = config;
    house->policy = config->policy;
    house->options = *options;
    house->arena = arena_new();
    if (!open_rooms(house, error)) {
        house_close(house);
        return false;
    }
    *ret_house = house;
    return true;
}

/* 3. Running and closing. */

static bool on_turn(void *context, ms_t now)
{
    struct house *house = context;
    return house->options.on_turn == NULL || house->options.on_turn(house->options.context, now);
}

static struct loop_parts loop_parts_of(struct house *house, const atomic_bool *must_stop)
{
    return (struct loop_parts){.engine = house->engine,
                               .mailbox = house->mailbox,
                               .dispatch = house->dispatch,
                               .snapshot = house->snapshot,
                               .history = house->history,
                               .policy = house->policy,
                               .must_stop = must_stop,
                               .on_turn = on_turn,
                               .context = house};
}

void house_run(struct house *house, const atomic_bool *must_stop)
{
    const struct loop_parts parts = loop_parts_of(house, must_stop);
    house->has_run = true;
    loop_run(&parts, house->effects);
}

void house_wake(struct house *house)
{
    mailbox_wake(house->mailbox);
}

/* The wire makes the outputs safe while it stops; what it wrote is recorded. A house that never ran has nothing to
 * record: what engine_start asked for was not carried out, and the next start asks for it again. */
static void stop_wire(struct house *house)
{
    wire_stop(house->wire);
    house->wire = NULL;
    if (house->has_run) {
        const struct loop_parts parts = loop_parts_of(house, NULL);
        loop_drain(&parts, house->effects);
    }
}

void house_close(struct house *house)
{
    if (house == NULL) {
        return;
    }
    house_close_web(house);
    stop_wire(house);
    sms_stop(house->sms);
    history_stop(house->history); /* its last commit wakes the forwarders */
    for (int32_t i = 0; i < house->forward_count; i++) {
        forward_stop(house->forward[i]);
    }
    state_stop(house->state);
    history_close(house->history);
    state_close(house->state);
    dispatch_free(house->dispatch);
    snapshot_free(house->snapshot);
    tickets_free(house->tickets);
    mailbox_free(house->mailbox);
    lockfile_release(house->lockfile);
    free(house->owed);
    free(house->output);
    arena_free(house->arena);
    free(house);
}

int house_port(const struct house *house)
{
    return web_port(house->web);
}

struct snapshot *house_snapshot(struct house *house)
{
    return house->snapshot;
}
