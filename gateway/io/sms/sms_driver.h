/* sms_driver.h - one way to send and receive SMS: settings, callbacks, and the functions that the
 * SMS thread calls.
 *
 * A driver may do I/O. It reports outcomes, replies and its health through the callbacks given to
 * `open`. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/units.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/event.h"

enum { SMS_PATH_MAX = 256 };

enum sms_driver_kind { SMS_NONE, SMS_CONSOLE, SMS_SMSD };

struct sms_settings {
    enum sms_driver_kind driver;

    /* smsd: its directories. A message is written in `temp`, then renamed into `outgoing`. */
    char outgoing[SMS_PATH_MAX];
    char temp[SMS_PATH_MAX]; /* same file system as outgoing; "": sms.temp beside outgoing */
    char sent[SMS_PATH_MAX], failed[SMS_PATH_MAX], checked[SMS_PATH_MAX];
    char incoming[SMS_PATH_MAX], report[SMS_PATH_MAX];
    char prefix[ID_MAX]; /* of file names: the gateway's id */

    /* console: replies come from this descriptor, one a line "<phone or person> <text>"; -1:
     * none */
    int reply_fd;
};

/* Sets `temp` to sms.temp beside outgoing, on the same file system. False: the path is too long. */
bool sms_place_temp(struct sms_settings *settings);

/* All in the SMS thread; they must not block. */
struct sms_callbacks {
    void *context;
    void (*on_outcome)(void *context, int64_t message, enum outcome outcome, const char *why);
    /* False: not now. The driver keeps the text and offers it again. */
    bool (*on_reply)(void *context, const char *from, const char *text, const char *key);
    void (*on_health)(void *context, bool is_ok, const char *text);
};

enum sms_taken {
    SMS_TAKEN,   /* the driver has it; the outcome comes by callback */
    SMS_LATER,   /* not now (a disk, a directory): try again; the driver has reported its health */
    SMS_REFUSED, /* never; `error` says why */
};

struct sms_driver {
    MUST_CHECK bool (*open)(const struct sms_settings *settings,
                            const struct sms_callbacks *callbacks, void **ret_self,
                            struct error *error);
    void (*close)(void *self);
    enum sms_taken (*send)(void *self, const struct effect_message *message, bool may_have_left,
                           struct error *error);
    /* Deletes a message that has not been sent yet. */
    void (*cancel)(void *self, int64_t message);
    /* Becomes readable when there is something to do; -1: never. */
    int (*fd)(void *self);
    /* Does what is due. `wall` is the wall clock, for the ages of files. Returns the wait until the
     * next call, ms. */
    ms_t (*turn)(void *self, ms_t wall);
};
