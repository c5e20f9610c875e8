/* sms.h - sends SMS and receives replies, in its own thread; no policy.
 *
 * Drivers: console (prints each SMS as the phone would show it) and smsd (files of smstools, see
 * smsd.h). A driver is a table of functions (sms_driver.h). */
#pragma once

#include "gateway/io/sms/sms_driver.h"

enum { SMS_QUEUE_MAX = 2048 };

struct sms;

MUST_CHECK bool sms_start(const struct sms_settings *settings,
                          const struct sms_callbacks *callbacks, struct sms **ret_sms,
                          struct error *error);
void sms_stop(struct sms *sms);

/* Queues a message; never blocks. `may_have_left`: an earlier process may have sent it, so the
 * driver first looks for it in the spool. While the spool cannot be written the message waits,
 * health says why, and after 2 minutes the message has failed. False: the queue is full
 * (counted). */
bool sms_send(struct sms *sms, const struct effect_message *message, bool may_have_left);

/* Cancels a message; never blocks. A queued message never leaves; a file that still lies in
 * outgoing is deleted by the SMS thread. True: it was still queued. A cancelled message gets no
 * outcome. */
bool sms_cancel(struct sms *sms, int64_t message);

struct sms_status {
    int32_t queued;
    int64_t sent, failed, refused;
    bool is_ok;
    char text[160];
};
struct sms_status sms_status(struct sms *sms);
