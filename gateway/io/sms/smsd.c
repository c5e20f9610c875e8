#include "gateway/io/sms/smsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/memory.h"
#include "gateway/io/sms/smsd_parts.h"
#include "gateway/io/sms/spool.h"

enum {
    YOUNG_MS = 2000, /* smsd may still be writing a file that is younger */
    EVENT_BYTES = 8192,
};

static const char *folder_path(const struct smsd *smsd, enum smsd_folder folder)
{
    const char *const paths[FOLDER_COUNT] = {[FOLDER_SENT] = smsd->settings.sent,
                                             [FOLDER_FAILED] = smsd->settings.failed,
                                             [FOLDER_REPORT] = smsd->settings.report,
                                             [FOLDER_INCOMING] = smsd->settings.incoming};
    return paths[folder];
}

static void take_spool_file(struct smsd *smsd, enum smsd_folder folder, const char *name)
{
    if (folder == FOLDER_SENT || folder == FOLDER_FAILED) {
        smsd_take_result(smsd, folder, name);
    } else {
        smsd_take_inbound(smsd, folder_path(smsd, folder), name);
    }
}

struct visit {
    struct smsd *smsd;
    enum smsd_folder folder;
};

/* inotify reports a file when it is closed; one found by a sweep may not be complete yet. */
static void visit_spool_file(void *context, const char *directory, const char *name)
{
    const struct visit *visit = context;
    struct smsd *smsd = visit->smsd;
    if (visit->folder == FOLDER_REPORT || visit->folder == FOLDER_INCOMING) {
        ms_t written_at = spool_written_at(directory, name);
        ms_t age = smsd->wall - written_at;
        bool is_old = visit->folder == FOLDER_REPORT && age > SMSD_REPORT_MS;
        bool is_young = age >= 0 && age < YOUNG_MS;
        smsd->has_waiting_reply = smsd->has_waiting_reply || (written_at >= 0 && is_young);
        if (written_at < 0 || is_young || is_old) {
            return;
        }
    }
    take_spool_file(smsd, visit->folder, name);
}

/* True: all folders are watched. A missing folder is tried again with each turn. Only complete
 * files are reported: closed after writing, or renamed into the folder. */
static bool watch_folders(struct smsd *smsd)
{
    bool is_complete = smsd->inotify >= 0;
    for (enum smsd_folder i = 0; i < FOLDER_COUNT && smsd->inotify >= 0; i++) {
        const char *path = folder_path(smsd, i);
        if (path[0] != '\0' && smsd->watch[i] < 0) {
            smsd->watch[i] = inotify_add_watch(
                smsd->inotify, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF);
        }
        is_complete = is_complete && (path[0] == '\0' || smsd->watch[i] >= 0);
    }
    return is_complete;
}

static void sweep_folders(struct smsd *smsd)
{
    smsd->swept_at = smsd->wall;
    smsd->has_waiting_reply = false;
    smsd_adopt_sent(smsd); /* first: the reports below may belong to these messages */
    for (enum smsd_folder i = 0; i < FOLDER_COUNT; i++) {
        struct visit visit = {smsd, i};
        if (folder_path(smsd, i)[0] != '\0') {
            (void) spool_list(folder_path(smsd, i), &visit, visit_spool_file);
        }
    }
    smsd_clean_results(smsd);
    bool is_ok = smsd_health_check(&smsd->health, &smsd->settings, smsd->wall);
    smsd->callbacks.on_health(smsd->callbacks.context, is_ok, smsd->health.text);
}

static void take_folder_event(struct smsd *smsd, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        smsd->swept_at = 0; /* events were lost: only a sweep finds their files */
    }
    for (enum smsd_folder i = 0; i < FOLDER_COUNT; i++) {
        if (smsd->watch[i] != event->wd || event->wd < 0) {
            continue;
        }
        if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
            /* The watch follows the moved folder, not its path: watch the path anew. */
            (void) inotify_rm_watch(smsd->inotify, event->wd);
            smsd->watch[i] = -1;
        } else if (event->len > 0 && event->name[0] != '.') {
            take_spool_file(smsd, i, event->name);
        }
    }
}

static void read_folder_events(struct smsd *smsd)
{
    _Alignas(struct inotify_event) char bytes[EVENT_BYTES];
    for (;;) {
        ssize_t length = smsd->inotify < 0 ? -1 : read(smsd->inotify, bytes, sizeof bytes);
        if (length <= 0) {
            return;
        }
        for (ssize_t at = 0; at < length;) {
            const void *place = bytes + at;
            const struct inotify_event *event = place;
            take_folder_event(smsd, event);
            at += (ssize_t) (sizeof *event + event->len);
        }
    }
}

/* Not inside outgoing, even when its path ends with slashes: smsd would send the half-written
 * file. */
bool sms_place_temp(struct sms_settings *settings)
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

static bool open_smsd(const struct sms_settings *settings, const struct sms_callbacks *callbacks,
                      void **ret_self, struct error *error)
{
    struct smsd *smsd = memory_take(1, sizeof *smsd);
    smsd->settings = *settings;
    smsd->callbacks = *callbacks;
    smsd->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    memset(smsd->watch, -1, sizeof smsd->watch);
    if (settings->temp[0] == '\0' && !sms_place_temp(&smsd->settings)) {
        free(smsd);
        return error_set(error, "the path '%s' is too long", settings->outgoing);
    }
    *ret_self = smsd;
    return true;
}

static void close_smsd(void *self)
{
    struct smsd *smsd = self;
    if (smsd != NULL && smsd->inotify >= 0) {
        (void) close(smsd->inotify);
    }
    free(smsd);
}

/* True: an earlier process has written this message, so it must not be written again. It is
 * tracked, and its result is reported when it lies there already. */
static bool find_written(struct smsd *smsd, const struct effect_message *message, const char *name)
{
    const struct sms_settings *settings = &smsd->settings;
    (void) smsd_add_track(smsd, message->id, message->phone, TRACK_WAITING);
    for (enum smsd_folder i = FOLDER_SENT; i <= FOLDER_FAILED; i++) {
        if (spool_written_at(folder_path(smsd, i), name) >= 0) {
            smsd_take_result(smsd, i, name);
            return true;
        }
    }
    return spool_written_at(settings->outgoing, name) >= 0 ||
           (settings->checked[0] != '\0' && spool_written_at(settings->checked, name) >= 0);
}

static enum sms_taken write_message_file(struct smsd *smsd, const struct effect_message *message,
                                         const char *name, struct error *error)
{
    uint8_t bytes[4 * MESSAGE_TEXT_MAX];
    size_t length = smsd_file_format(message, bytes, sizeof bytes);
    if (length == 0) {
        (void) error_set(error, "短信内容无法编码");
        return SMS_REFUSED;
    }
    /* Made here and not at start: an administrator may clean the spool while we run. */
    (void) mkdir(smsd->settings.temp, 0770);
    /* Tracked before smsd can move the file on, so that no result is missed. */
    struct smsd_track *track = smsd_add_track(smsd, message->id, message->phone, TRACK_WAITING);
    if (!spool_put(smsd->settings.temp, smsd->settings.outgoing, name, bytes, length, error)) {
        track->state = TRACK_FREE;
        smsd_health_blame(&smsd->health, SMSD_CANNOT_WRITE, error->text);
        smsd->swept_at = 0; /* the next turn sweeps and reports health at once */
        return SMS_LATER;
    }
    smsd_health_clear(&smsd->health, SMSD_CANNOT_WRITE);
    return SMS_TAKEN;
}

static enum sms_taken send_message(void *self, const struct effect_message *message,
                                   bool may_have_left, struct error *error)
{
    struct smsd *smsd = self;
    char name[SMSD_NAME_MAX];
    smsd_file_name(smsd->settings.prefix, message->id, name);
    if (may_have_left && find_written(smsd, message, name)) {
        return SMS_TAKEN;
    }
    if (!may_have_left) {
        /* A result under a name that is new belongs to a state.db that is gone. */
        (void) spool_remove(smsd->settings.sent, name);
        (void) spool_remove(smsd->settings.failed, name);
    }
    return write_message_file(smsd, message, name, error);
}

static void cancel_smsd_message(void *self, int64_t message)
{
    struct smsd *smsd = self;
    char name[SMSD_NAME_MAX];
    smsd_file_name(smsd->settings.prefix, message, name);
    struct smsd_track *track = smsd_find_track(smsd, message);
    /* A file that smsd has already moved on is being sent: its result is still reported. */
    if (spool_remove(smsd->settings.outgoing, name) && track != NULL) {
        track->state = TRACK_DONE;
    }
}

static int folder_event_fd(void *self)
{
    const struct smsd *smsd = self;
    return smsd->inotify;
}

static ms_t turn_smsd(void *self, ms_t wall)
{
    struct smsd *smsd = self;
    smsd->wall = wall;
    bool is_watched = watch_folders(smsd);
    read_folder_events(smsd);
    ms_t pause = is_watched && !smsd->has_waiting_reply ? SMSD_SWEEP_MS : SMSD_HASTE_MS;
    /* Also when the wall clock was set back: else no sweep would come until it has caught up. */
    if (smsd->swept_at == 0 || wall < smsd->swept_at || wall - smsd->swept_at >= pause) {
        sweep_folders(smsd);
    }
    return smsd->has_waiting_reply ? SMSD_HASTE_MS : pause;
}

const struct sms_driver smsd_driver = {.open = open_smsd,
                                       .close = close_smsd,
                                       .send = send_message,
                                       .cancel = cancel_smsd_message,
                                       .fd = folder_event_fd,
                                       .turn = turn_smsd};
