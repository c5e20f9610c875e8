/* smsd.h - the driver over the directories of smsd (smstools 3): SMS through a modem, by files.
 *
 * A message becomes the file PREFIX-ID: written in `temp`, fsync, renamed into `outgoing`,
 * directory fsync. smsd moves it to `checked`, then to `sent` or `failed`; the status report of the
 * network comes as a file in `report` (or `incoming`). A report is matched by the modem's
 * Message_id and the number; of several messages the newest counts.
 *
 * Which files are ours: in outgoing, checked, sent and failed the names with our prefix; a report
 * that matches; an inbound text that parses. All other files are left alone. Our files in sent and
 * failed are kept a week (a restart looks there before it sends again), then deleted. An inbound
 * text is deleted as soon as the engine has taken it, a report when it has been matched: nothing
 * personal is kept.
 *
 * smsd may be another user: our files are 0660 and of outgoing's group when we may set it, else
 * 0644. */
#pragma once

#include "gateway/io/sms/sms_driver.h"

enum {
    SMSD_SWEEP_MS = 10000, /* between two looks at all folders, whether inotify reports or not */
    SMSD_HASTE_MS = 1000,  /* the same while a folder cannot be watched or a reply waits */
    SMSD_OUTGOING_MS = 120000, /* older in outgoing: smsd is not running */
    SMSD_CHECKED_MS = 600000,  /* older in checked: the modem does not send */
    SMSD_KEEP_MS = 7 * 86400000,
    SMSD_REPORT_MS = 3 * 86400000, /* an older report belongs to no message */
    SMSD_TRACKED_MAX = 4096        /* the newest messages whose outcome we can still learn */
};

extern const struct sms_driver smsd_driver;
