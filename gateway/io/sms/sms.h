/* sms.h - hands messages to people and brings their words back; own thread, no policy.
 *
 * Drivers: console (prints each SMS as the phone would show it) and smsd (files of smstools, see sms_smsd.c).
 * A driver is a table of functions; the `http` drivers come later. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/event.h"

enum { SMS_QUEUE_MAX = 2048, SMS_PATH_MAX = 256 };

enum sms_driver_kind { SMS_NONE, SMS_CONSOLE, SMS_SMSD };

struct sms_settings {
    enum sms_driver_kind driver;
    /* smsd */
    char outgoing
        [SMS_PATH_MAX]; /* written in sms.temp beside it on the same file system, fsync, rename */
    char temp[SMS_PATH_MAX]; /* default: outgoing's parent + "/sms.temp" */
    char sent[SMS_PATH_MAX], failed[SMS_PATH_MAX], checked[SMS_PATH_MAX];
    char incoming[SMS_PATH_MAX], report[SMS_PATH_MAX];
    char prefix[ID_MAX]; /* of file names: the gateway's id */
    /* console: replies are read from here, one a line "<phone or person> <text>"; NULL: none */
    int reply_fd; /* -1: none */
};

struct sms_callbacks { /* all in the sms thread; they must not block */
    void *context;
    void (*on_outcome)(void *context, int64_t message, enum outcome outcome, const char *why);
    /* The text is kept (file stays) until this returns true. */
    bool (*on_reply)(void *context, const char *from, const char *text, const char *key);
    void (*on_health)(void *context, bool is_well, const char *text);
};

struct sms;

MUST_CHECK bool sms_start(const struct sms_settings *settings,
                          const struct sms_callbacks *callbacks, struct sms **ret_notify,
                          struct error *error);
void sms_stop(struct sms *sms);

/* Queues a message; never blocks. `may_have_left`: the process that owed it died, so the driver first looks
 * whether it is already in the spool. While the spool cannot be written the message waits, health says why, and
 * after 2 minutes it has failed. False: the queue is full (counted). */
bool sms_send(struct sms *sms, const struct effect_message *message, bool may_have_left);

/* Takes back what has not left: a queued message never leaves, and what still lies in outgoing is deleted, by the
 * sms thread (this never blocks). True: it was still queued. Nothing is told of a message that was taken back. */
bool sms_cancel(struct sms *sms, int64_t message);

struct sms_status {
    int32_t queued;
    int64_t sent, failed, refused;
    bool is_well;
    char text[160];
};
struct sms_status sms_status(struct sms *sms);
