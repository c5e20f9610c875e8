/* The results of our messages: the files of sent and failed, and the status reports. */
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/io/sms/smsd_parts.h"
#include "gateway/io/sms/spool.h"

enum { CLEAN_MS = 3600000 };

struct smsd_track *smsd_find_track(struct smsd *smsd, int64_t id)
{
    struct smsd_track *track = &smsd->track[id % SMSD_TRACKED_MAX];
    return track->state != TRACK_FREE && track->id == id ? track : NULL;
}

struct smsd_track *smsd_add_track(struct smsd *smsd, int64_t id, const char *phone,
                                  enum smsd_track_state state)
{
    struct smsd_track *track = &smsd->track[id % SMSD_TRACKED_MAX];
    *track = (struct smsd_track){.id = id, .state = state, .message_id = -1};
    text_copy(track->phone, sizeof track->phone, phone);
    return track;
}

bool smsd_read_file(const char *directory, const char *name, struct smsd_file *ret_file)
{
    uint8_t bytes[SMSD_FILE_MAX / 2]; /* headers and ten parts; bytes behind them are no header */
    int64_t length = spool_read(directory, name, bytes, sizeof bytes);
    return length > 0 && smsd_file_parse(bytes, (size_t) length, ret_file);
}

static void report_outcome(struct smsd *smsd, struct smsd_track *track, enum outcome outcome,
                           const char *why)
{
    track->state = outcome == OUTCOME_SENT ? TRACK_SENT : TRACK_DONE;
    smsd->callbacks.on_outcome(smsd->callbacks.context, track->id, outcome, why);
}

/* WAITING -> SENT, WAITING -> DONE */
void smsd_take_result(struct smsd *smsd, enum smsd_folder folder, const char *name)
{
    int64_t id = 0;
    bool is_ours = smsd_file_id(smsd->settings.prefix, name, &id);
    struct smsd_track *track = is_ours ? smsd_find_track(smsd, id) : NULL;
    if (track == NULL || track->state != TRACK_WAITING) {
        return;
    }
    struct smsd_file file = {.message_id = -1}; /* of one that cannot be read */
    if (folder == FOLDER_SENT) {
        (void) smsd_read_file(smsd->settings.sent, name, &file);
        track->message_id = file.message_id;
        report_outcome(smsd, track, OUTCOME_SENT, "");
    } else {
        (void) smsd_read_file(smsd->settings.failed, name, &file);
        bool has_reason = file.fail_reason[0] != '\0';
        report_outcome(smsd, track, OUTCOME_FAILED,
                       has_reason ? file.fail_reason : "短信服务没有说明原因");
    }
}

/* The modem's message id is a byte and comes again after 256 messages. So the number must match
 * too, and of several messages the newest counts. */
static struct smsd_track *match_report(struct smsd *smsd, const struct smsd_file *report)
{
    struct smsd_track *newest = NULL;
    for (size_t i = 0; i < SMSD_TRACKED_MAX; i++) {
        struct smsd_track *track = &smsd->track[i];
        bool is_match = track->state == TRACK_SENT && track->message_id >= 0 &&
                        track->message_id == report->message_id &&
                        strcmp(track->phone, report->from) == 0;
        if (is_match && (newest == NULL || track->id > newest->id)) {
            newest = track;
        }
    }
    return newest;
}

/* SENT -> DONE, or SENT -> SENT while the network is still trying */
void smsd_take_report(struct smsd *smsd, const char *directory, const char *name,
                      const struct smsd_file *report)
{
    struct smsd_track *track = match_report(smsd, report);
    if (track == NULL) {
        /* Another program's, or of a message that we have not seen in sent yet: then the next sweep
         * finds it again. */
        return;
    }
    enum outcome outcome = OUTCOME_SENT;
    if (smsd_file_outcome(report, &outcome)) {
        report_outcome(smsd, track, outcome, outcome == OUTCOME_FAILED ? report->text : "");
    }
    (void) smsd_health_remove(&smsd->health, directory, name);
}

static void adopt_sent_file(void *context, const char *directory, const char *name)
{
    struct smsd *smsd = context;
    int64_t id = 0;
    struct smsd_file file;
    if (!smsd_file_id(smsd->settings.prefix, name, &id) || smsd_find_track(smsd, id) != NULL ||
        smsd->wall - spool_written_at(directory, name) > SMSD_REPORT_MS ||
        id < smsd->track[id % SMSD_TRACKED_MAX].id || !smsd_read_file(directory, name, &file)) {
        return;
    }
    smsd_add_track(smsd, id, file.to, TRACK_SENT)->message_id = file.message_id;
}

void smsd_adopt_sent(struct smsd *smsd)
{
    if (!smsd->is_adopted) {
        smsd->is_adopted = spool_list(smsd->settings.sent, smsd, adopt_sent_file);
    }
}

static void clean_result(void *context, const char *directory, const char *name)
{
    const struct smsd *smsd = context;
    int64_t id = 0;
    if (smsd_file_id(smsd->settings.prefix, name, &id) &&
        smsd->wall - spool_written_at(directory, name) > SMSD_KEEP_MS) {
        (void) spool_remove(directory, name);
    }
}

void smsd_clean_results(struct smsd *smsd)
{
    if (smsd->cleaned_at != 0 && smsd->wall - smsd->cleaned_at < CLEAN_MS) {
        return;
    }
    smsd->cleaned_at = smsd->wall;
    (void) spool_list(smsd->settings.sent, smsd, clean_result);
    (void) spool_list(smsd->settings.failed, smsd, clean_result);
}
