/* dispatch.h - carries out the effects of the engine: which part gets which effect, and when.
 *
 * Messages and answers of a step wait until its batch is written to the state database. When
 * that fails, or takes longer than DISPATCH_PATIENCE_MS, they are released unrecorded and the
 * disk becomes an incident: a hung disk never silences an alarm. Runs in the loop's thread. */
#pragma once

#include "gateway/core/model/effect.h"
#include "gateway/core/model/policy.h"
#include "gateway/daemon/mailbox.h"
#include "gateway/daemon/reply_receipts.h"
#include "gateway/daemon/ticket.h"
#include "gateway/io/history/history.h"
#include "gateway/io/sms/sms.h"
#include "gateway/io/snapshot/snapshot.h"
#include "gateway/io/state/state.h"

enum {
    DISPATCH_PATIENCE_MS = 2000,
    DISPATCH_HELD_MAX = 4096, /* waiting messages and answers; more are released at once */
};

struct dispatch_parts {
    struct state *state;
    struct snapshot *snapshot;
    struct tickets *tickets;
    struct mailbox *mailbox;
    struct reply_receipts *receipts;
    struct sms *sms;
    void *context; /* of switch_output */
    void (*switch_output)(void *context, const struct effect_output *output);
};

struct dispatch;

struct dispatch *dispatch_new(const struct dispatch_parts *parts);
void dispatch_free(struct dispatch *dispatch);

/* The state database was damaged before the first step: an incident says so until the first
 * batch is written. */
void dispatch_report_damage(struct dispatch *dispatch, const char *why);

/* Carries out the effects of one step. */
void dispatch_effects(struct dispatch *dispatch, const struct effects *effects, ms_t now);

/* The state database reports on a batch. */
void dispatch_written(struct dispatch *dispatch, const struct mailbox_written *written);

/* Releases effects that have waited too long. */
void dispatch_tick(struct dispatch *dispatch, ms_t now);

/* When dispatch_tick is next needed; INT64_MAX when nothing waits. */
ms_t dispatch_deadline(const struct dispatch *dispatch);

/* Messages released without having been recorded, since start. */
int64_t dispatch_unrecorded(const struct dispatch *dispatch);
