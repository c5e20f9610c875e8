/* sms_driver.h - one way to a phone: a table of functions that the sms thread calls, and nobody else.
 *
 * A driver may do I/O; it reports outcomes, replies and its health through the callbacks it was opened with. */
#pragma once

#include "gateway/base/units.h"
#include "gateway/io/sms/sms.h"

enum sms_taken {
    SMS_TAKEN,   /* the driver has it; the outcome comes by callback */
    SMS_LATER,   /* not now (a disk, a directory): ask again; the driver has told its health */
    SMS_REFUSED, /* never; `error` says why */
};

struct sms_driver {
    MUST_CHECK bool (*open)(const struct sms_settings *settings,
                            const struct sms_callbacks *callbacks, void **ret_self,
                            struct error *error);
    void (*close)(void *self);
    enum sms_taken (*send)(void *self, const struct effect_message *message, bool may_have_left,
                           struct error *error);
    /* Takes back what has not left. */
    void (*cancel)(void *self, int64_t message);
    /* Becomes readable when there is something to do; -1: never. */
    int (*fd)(void *self);
    /* Does what is due. `wall` is the wall clock, for the ages of files. Returns after how many ms to come again. */
    ms_t (*turn)(void *self, ms_t wall);
};
