#include "gateway/io/sms/smsd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/hash.h"
#include "gateway/io/sms/smsd_file.h"
#include "gateway/io/sms/smsd_health.h"
#include "gateway/io/sms/spool.h"

/* What we know of a message that has left our hands. */
enum track_state {
    TRACK_FREE,
    TRACK_WAITING, /* in outgoing or checked */
    TRACK_SENT,    /* told as sent; the report may come */
    TRACK_DONE,    /* delivered, failed or taken back */
};

struct track {
    int64_t id;
    enum track_state state;
    int32_t message_id; /* of the modem, -1: unknown */
    char phone[PHONE_MAX];
};

enum folder { FOLDER_SENT, FOLDER_FAILED, FOLDER_REPORT, FOLDER_INCOMING };
enum {
    FOLDER_COUNT = 4,
    HANDLED_MAX = 64, /* inbound files that we took and could not delete */
    YOUNG_MS = 2000,  /* a file that smsd may still be writing */
    CLEAN_MS = 3600000,
    EVENT_BYTES = 16384,
};

struct smsd {
    struct sms_settings settings;
    struct sms_callbacks callbacks;
    struct smsd_health health;
    int inotify;
    int watch[FOLDER_COUNT]; /* -1: not watched */
    bool has_waiting_reply;  /* one that the engine has not taken, or smsd may still be writing */
    bool is_adopted;         /* what lay in sent at the start is known */
    ms_t swept_at, cleaned_at, wall;
    uint64_t handled[HANDLED_MAX];
    size_t handled_count;
    struct track track[SMSD_TRACKED_MAX]; /* at id % SMSD_TRACKED_MAX: the newest win */
};

static const char *folder_path(const struct smsd *smsd, int folder)
{
    const char *const paths[FOLDER_COUNT] = {[FOLDER_SENT] = smsd->settings.sent,
                                             [FOLDER_FAILED] = smsd->settings.failed,
                                             [FOLDER_REPORT] = smsd->settings.report,
                                             [FOLDER_INCOMING] = smsd->settings.incoming};
    return paths[folder];
}

static struct track *find_track(struct smsd *smsd, int64_t id)
{
    struct track *track = &smsd->track[id % SMSD_TRACKED_MAX];
    return track->state != TRACK_FREE && track->id == id ? track : NULL;
}

static struct track *add_track(struct smsd *smsd, int64_t id, const char *phone,
                               enum track_state state)
{
    struct track *track = &smsd->track[id % SMSD_TRACKED_MAX];
    *track = (struct track){.id = id, .state = state, .message_id = -1};
    (void) snprintf(track->phone, sizeof track->phone, "%s", phone);
    return track;
}

static void tell(struct smsd *smsd, struct track *track, enum outcome outcome, const char *why)
{
    track->state = outcome == OUTCOME_SENT ? TRACK_SENT : TRACK_DONE;
    smsd->callbacks.on_outcome(smsd->callbacks.context, track->id, outcome, why);
}

static bool remove_file(struct smsd *smsd, const char *directory, const char *name)
{
    if (spool_remove(directory, name)) {
        smsd_health_clear(&smsd->health, SMSD_CANNOT_REMOVE);
        return true;
    }
    struct error error;
    (void) error_set_errno(&error, errno, "'%s'", directory);
    smsd_health_blame(&smsd->health, SMSD_CANNOT_REMOVE, error.text);
    return false;
}

static bool read_file(const char *directory, const char *name, struct smsd_file *ret_file)
{
    uint8_t bytes[SMSD_FILE_MAX / 2]; /* headers and ten parts; what is behind is no header */
    int64_t length = spool_read(directory, name, bytes, sizeof bytes);
    return length > 0 && smsd_file_parse(bytes, (size_t) length, ret_file);
}

/* WAITING -> SENT */
static void take_sent(struct smsd *smsd, const char *name, struct track *track)
{
    struct smsd_file file = {.message_id = -1};
    if (read_file(smsd->settings.sent, name, &file)) {
        track->message_id = file.message_id;
    }
    tell(smsd, track, OUTCOME_SENT, "");
}

/* WAITING -> DONE */
static void take_failed(struct smsd *smsd, const char *name, struct track *track)
{
    struct smsd_file file = {.message_id = -1};
    bool is_read = read_file(smsd->settings.failed, name, &file);
    bool has_reason = is_read && file.fail_reason[0] != '\0';
    tell(smsd, track, OUTCOME_FAILED, has_reason ? file.fail_reason : "短信服务没有说明原因");
}

static void take_own(struct smsd *smsd, enum folder folder, const char *name)
{
    int64_t id = 0;
    struct track *track =
        smsd_file_id(smsd->settings.prefix, name, &id) ? find_track(smsd, id) : NULL;
    if (track == NULL || track->state != TRACK_WAITING) {
        return;
    }
    if (folder == FOLDER_SENT) {
        take_sent(smsd, name, track);
    } else {
        take_failed(smsd, name, track);
    }
}

/* The newest message that this report can be about. */
static struct track *match_report(struct smsd *smsd, const struct smsd_file *report)
{
    struct track *newest = NULL;
    for (size_t i = 0; i < SMSD_TRACKED_MAX; i++) {
        struct track *track = &smsd->track[i];
        bool is_match = track->state == TRACK_SENT && track->message_id >= 0 &&
                        track->message_id == report->message_id &&
                        strcmp(track->phone, report->from) == 0;
        if (is_match && (newest == NULL || track->id > newest->id)) {
            newest = track;
        }
    }
    return newest;
}

/* SENT -> DONE, or SENT -> SENT when the network is still trying */
static void take_report(struct smsd *smsd, const char *directory, const char *name,
                        const struct smsd_file *report)
{
    struct track *track = match_report(smsd, report);
    if (track == NULL) {
        return; /* not ours, or of a message that we have not seen in sent yet */
    }
    enum outcome outcome = OUTCOME_SENT;
    if (smsd_file_outcome(report, &outcome)) {
        tell(smsd, track, outcome, outcome == OUTCOME_FAILED ? report->text : "");
    }
    (void) remove_file(smsd, directory, name);
}

static bool is_handled(const struct smsd *smsd, const char *name)
{
    uint64_t hash = hash64(HASH64_START, name, strlen(name));
    for (size_t i = 0; i < HANDLED_MAX && i < smsd->handled_count; i++) {
        if (smsd->handled[i] == hash) {
            return true;
        }
    }
    return false;
}

static void take_reply(struct smsd *smsd, const char *name, const struct smsd_file *file)
{
    char key[MESSAGE_KEY_MAX];
    smsd_file_key(file, name, key);
    if (!smsd->callbacks.on_reply(smsd->callbacks.context, file->from, file->text, key)) {
        smsd->has_waiting_reply = true;
        return;
    }
    if (!remove_file(smsd, smsd->settings.incoming, name)) {
        smsd->handled[smsd->handled_count % HANDLED_MAX] = hash64(HASH64_START, name, strlen(name));
        smsd->handled_count++;
    }
}

static void take_inbound(struct smsd *smsd, const char *directory, const char *name)
{
    size_t length = strlen(name);
    bool is_lock = length > 5 && strcmp(name + length - 5, ".LOCK") == 0;
    struct smsd_file file;
    if (is_handled(smsd, name)) {
        (void) remove_file(smsd, directory, name);
        return;
    }
    if (is_lock || !read_file(directory, name, &file)) {
        return;
    }
    if (file.is_report) {
        take_report(smsd, directory, name, &file);
    } else if (directory == smsd->settings.incoming && file.from[0] != '\0') {
        take_reply(smsd, name, &file);
    }
}

static void take_name(struct smsd *smsd, int folder, const char *name)
{
    if (folder == FOLDER_SENT || folder == FOLDER_FAILED) {
        take_own(smsd, folder == FOLDER_SENT ? FOLDER_SENT : FOLDER_FAILED, name);
    } else {
        take_inbound(smsd, folder_path(smsd, folder), name);
    }
}

struct visit {
    struct smsd *smsd;
    int folder;
};

/* A name found by looking, not by inotify: smsd may still be writing it. */
static void visit_name(void *context, const char *name)
{
    const struct visit *visit = context;
    struct smsd *smsd = visit->smsd;
    if (visit->folder == FOLDER_REPORT || visit->folder == FOLDER_INCOMING) {
        ms_t written_at = spool_written_at(folder_path(smsd, visit->folder), name);
        ms_t age = smsd->wall - written_at;
        bool is_old = visit->folder == FOLDER_REPORT && age > SMSD_REPORT_MS;
        bool is_young = age >= 0 && age < YOUNG_MS;
        smsd->has_waiting_reply = smsd->has_waiting_reply || (written_at >= 0 && is_young);
        if (written_at < 0 || is_young || is_old) {
            return;
        }
    }
    take_name(smsd, visit->folder, name);
}

/* After a restart: what was sent and told before may still get its report. */
static void adopt_name(void *context, const char *name)
{
    struct smsd *smsd = context;
    int64_t id = 0;
    struct smsd_file file;
    if (!smsd_file_id(smsd->settings.prefix, name, &id) || find_track(smsd, id) != NULL ||
        smsd->wall - spool_written_at(smsd->settings.sent, name) > SMSD_REPORT_MS ||
        id < smsd->track[id % SMSD_TRACKED_MAX].id ||
        !read_file(smsd->settings.sent, name, &file)) {
        return;
    }
    add_track(smsd, id, file.to, TRACK_SENT)->message_id = file.message_id;
}

static void clean_name(void *context, const char *name)
{
    const struct visit *visit = context;
    struct smsd *smsd = visit->smsd;
    const char *directory = folder_path(smsd, visit->folder);
    int64_t id = 0;
    if (smsd_file_id(smsd->settings.prefix, name, &id) &&
        smsd->wall - spool_written_at(directory, name) > SMSD_KEEP_MS) {
        (void) spool_remove(directory, name);
    }
}

static void clean(struct smsd *smsd)
{
    if (smsd->cleaned_at != 0 && smsd->wall - smsd->cleaned_at < CLEAN_MS) {
        return;
    }
    smsd->cleaned_at = smsd->wall;
    struct visit sent = {smsd, FOLDER_SENT};
    struct visit failed = {smsd, FOLDER_FAILED};
    (void) spool_list(smsd->settings.sent, &sent, clean_name);
    (void) spool_list(smsd->settings.failed, &failed, clean_name);
}

static bool watch_folders(struct smsd *smsd)
{
    bool is_complete = smsd->inotify >= 0;
    for (int i = 0; i < FOLDER_COUNT && smsd->inotify >= 0; i++) {
        const char *path = folder_path(smsd, i);
        if (path[0] != '\0' && smsd->watch[i] < 0) {
            smsd->watch[i] = inotify_add_watch(
                smsd->inotify, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF);
        }
        is_complete = is_complete && (path[0] == '\0' || smsd->watch[i] >= 0);
    }
    return is_complete;
}

static void sweep(struct smsd *smsd)
{
    smsd->swept_at = smsd->wall;
    smsd->has_waiting_reply = false;
    if (!smsd->is_adopted) {
        smsd->is_adopted = spool_list(smsd->settings.sent, smsd, adopt_name);
    }
    for (int i = 0; i < FOLDER_COUNT; i++) {
        struct visit visit = {smsd, i};
        if (folder_path(smsd, i)[0] != '\0') {
            (void) spool_list(folder_path(smsd, i), &visit, visit_name);
        }
    }
    clean(smsd);
    bool is_well = smsd_health_check(&smsd->health, &smsd->settings, smsd->wall);
    smsd->callbacks.on_health(smsd->callbacks.context, is_well, smsd->health.text);
}

static void take_event(struct smsd *smsd, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        smsd->swept_at = 0;
    }
    for (int i = 0; i < FOLDER_COUNT; i++) {
        if (smsd->watch[i] != event->wd || event->wd < 0) {
            continue;
        }
        if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
            (void) inotify_rm_watch(smsd->inotify, event->wd);
            smsd->watch[i] = -1;
        } else if (event->len > 0 && event->name[0] != '.') {
            take_name(smsd, i, event->name);
        }
    }
}

static void read_events(struct smsd *smsd)
{
    _Alignas(struct inotify_event) char bytes[EVENT_BYTES / 2];
    for (;;) {
        ssize_t length = smsd->inotify < 0 ? -1 : read(smsd->inotify, bytes, sizeof bytes);
        if (length <= 0) {
            return;
        }
        for (ssize_t at = 0; at < length;) {
            const void *place = bytes + at;
            const struct inotify_event *event = place;
            take_event(smsd, event);
            at += (ssize_t) (sizeof *event + event->len);
        }
    }
}

/* Beside outgoing, so that it is on the same file system; not in it, whatever slashes end its name. */
static bool place_temp(struct sms_settings *settings)
{
    size_t length = strlen(settings->outgoing);
    while (length > 1 && settings->outgoing[length - 1] == '/') {
        length--;
    }
    while (length > 0 && settings->outgoing[length - 1] != '/') {
        length--;
    }
    int wanted = snprintf(settings->temp, sizeof settings->temp, "%.*ssms.temp", (int) length,
                          settings->outgoing);
    return wanted < (int) sizeof settings->temp;
}

static bool smsd_open(const struct sms_settings *settings, const struct sms_callbacks *callbacks,
                      void **ret_self, struct error *error)
{
    struct smsd *smsd = calloc(1, sizeof *smsd);
    if (smsd == NULL) {
        return error_set(error, "no memory for the SMS spool");
    }
    smsd->settings = *settings;
    smsd->callbacks = *callbacks;
    smsd->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    memset(smsd->watch, -1, sizeof smsd->watch);
    if (settings->temp[0] == '\0' && !place_temp(&smsd->settings)) {
        free(smsd);
        return error_set(error, "the path '%s' is too long", settings->outgoing);
    }
    *ret_self = smsd;
    return true;
}

static void smsd_close(void *self)
{
    struct smsd *smsd = self;
    if (smsd != NULL && smsd->inotify >= 0) {
        (void) close(smsd->inotify);
    }
    free(smsd);
}

/* Is the message already there? Then its outcome is told, or waited for. */
static bool find_left(struct smsd *smsd, const struct effect_message *message, const char *name)
{
    const struct sms_settings *settings = &smsd->settings;
    struct track *track = add_track(smsd, message->id, message->phone, TRACK_WAITING);
    if (spool_written_at(settings->sent, name) >= 0) {
        take_sent(smsd, name, track);
        return true;
    }
    if (spool_written_at(settings->failed, name) >= 0) {
        take_failed(smsd, name, track);
        return true;
    }
    return spool_written_at(settings->outgoing, name) >= 0 ||
           (settings->checked[0] != '\0' && spool_written_at(settings->checked, name) >= 0);
}

static enum sms_taken smsd_send(void *self, const struct effect_message *message,
                                bool may_have_left, struct error *error)
{
    struct smsd *smsd = self;
    char name[SMSD_NAME_MAX];
    smsd_file_name(smsd->settings.prefix, message->id, name);
    if (may_have_left && find_left(smsd, message, name)) {
        return SMS_TAKEN;
    }
    if (!may_have_left) { /* what lies there under its name is of a state.db that is gone */
        (void) spool_remove(smsd->settings.sent, name);
        (void) spool_remove(smsd->settings.failed, name);
    }
    uint8_t bytes[4 * MESSAGE_TEXT_MAX];
    size_t length = smsd_file_format(message, bytes, sizeof bytes);
    if (length == 0) {
        (void) error_set(error, "短信内容无法编码");
        return SMS_REFUSED;
    }
    (void) mkdir(smsd->settings.temp, 0770);
    /* Tracked before it can be moved on, so that no outcome is missed. */
    (void) add_track(smsd, message->id, message->phone, TRACK_WAITING);
    if (!spool_put(smsd->settings.temp, smsd->settings.outgoing, name, bytes, length, error)) {
        smsd->track[message->id % SMSD_TRACKED_MAX].state = TRACK_FREE;
        smsd_health_blame(&smsd->health, SMSD_CANNOT_WRITE, error->text);
        smsd->swept_at = 0; /* health is told now */
        return SMS_LATER;
    }
    smsd_health_clear(&smsd->health, SMSD_CANNOT_WRITE);
    return SMS_TAKEN;
}

static void smsd_cancel(void *self, int64_t message)
{
    struct smsd *smsd = self;
    char name[SMSD_NAME_MAX];
    smsd_file_name(smsd->settings.prefix, message, name);
    struct track *track = find_track(smsd, message);
    if (spool_remove(smsd->settings.outgoing, name) && track != NULL) {
        track->state = TRACK_DONE;
    }
}

static int smsd_fd(void *self)
{
    const struct smsd *smsd = self;
    return smsd->inotify;
}

static ms_t smsd_turn(void *self, ms_t wall)
{
    struct smsd *smsd = self;
    smsd->wall = wall;
    bool is_watched = watch_folders(smsd);
    read_events(smsd);
    ms_t pause = is_watched && !smsd->has_waiting_reply ? SMSD_SWEEP_MS : SMSD_HASTE_MS;
    if (smsd->swept_at == 0 || wall < smsd->swept_at || wall - smsd->swept_at >= pause) {
        sweep(smsd);
    }
    return smsd->has_waiting_reply ? SMSD_HASTE_MS : pause;
}

const struct sms_driver sms_smsd_driver = {.open = smsd_open,
                                           .close = smsd_close,
                                           .send = smsd_send,
                                           .cancel = smsd_cancel,
                                           .fd = smsd_fd,
                                           .turn = smsd_turn};
