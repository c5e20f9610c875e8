/* smsd_parts.h - what the files of the smsd driver share; for no other module. */
#pragma once

#include "gateway/io/sms/smsd.h"
#include "gateway/io/sms/smsd_file.h"
#include "gateway/io/sms/smsd_health.h"

/* A message that smsd was given.
 *
 *   WAITING -> SENT  [smsd_take_result] its file lies in sent
 *   WAITING -> DONE  [smsd_take_result] its file lies in failed
 *   WAITING -> DONE  [cancel_message]   its file was deleted from outgoing
 *   SENT    -> DONE  [smsd_take_report] the network has delivered it or given it up */
enum smsd_track_state { TRACK_FREE, TRACK_WAITING, TRACK_SENT, TRACK_DONE };

struct smsd_track {
    int64_t id;
    enum smsd_track_state state;
    int32_t message_id; /* of the modem, -1: unknown */
    char phone[PHONE_MAX];
};

enum smsd_folder { FOLDER_SENT, FOLDER_FAILED, FOLDER_REPORT, FOLDER_INCOMING, FOLDER_COUNT };
enum { SMSD_HANDLED_MAX = 64 };

struct smsd {
    struct sms_settings settings;
    struct sms_callbacks callbacks;
    struct smsd_health health;
    int inotify;             /* -1: the kernel gave none */
    int watch[FOLDER_COUNT]; /* -1: not watched */
    bool has_waiting_reply;  /* one that the engine has not taken, or smsd may still be writing */
    bool is_adopted;         /* the files that lay in sent at the start have been read */
    ms_t swept_at, cleaned_at, wall;
    uint64_t handled[SMSD_HANDLED_MAX]; /* hashes of the names of inbound files that we took and
                                           could not delete */
    size_t handled_count;
    struct smsd_track track[SMSD_TRACKED_MAX]; /* at id % SMSD_TRACKED_MAX: the newest win */
};

/* smsd_results.c: the results of our messages. */
struct smsd_track *smsd_find_track(struct smsd *smsd, int64_t id); /* NULL: not tracked */
struct smsd_track *smsd_add_track(struct smsd *smsd, int64_t id, const char *phone,
                                  enum smsd_track_state state);
/* Reads a file of sent or failed, if it is of a message that waits for it. */
void smsd_take_result(struct smsd *smsd, enum smsd_folder folder, const char *name);
void smsd_take_report(struct smsd *smsd, const char *directory, const char *name,
                      const struct smsd_file *report);
/* Once after the start: messages sent by an earlier process may still get their report. */
void smsd_adopt_sent(struct smsd *smsd);
/* Deletes our files in sent and failed after SMSD_KEEP_MS; looks once an hour. */
void smsd_clean_results(struct smsd *smsd);
bool smsd_read_file(const char *directory, const char *name, struct smsd_file *ret_file);

/* smsd_inbound.c: a file of incoming or report. */
void smsd_take_inbound(struct smsd *smsd, const char *directory, const char *name);
