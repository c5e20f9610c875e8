/* reply_receipts.h - the inbound texts whose effect is on the disk; their driver may forget them.
 *
 *   unknown -> posted   [reply_receipts_offer]    the text goes into the mailbox
 *   posted  -> taken    [reply_receipts_taken]    the engine has seen it; its effects are batch n
 *   taken   -> written  [reply_receipts_written]  batch n is on the disk
 *   written -> unknown  [reply_receipts_offer]    says true: the driver may forget it
 *
 * A text whose effect is not written 5 s after it was posted (a full mailbox, a failed batch) is
 * posted again. Of more than REPLY_RECEIPTS_MAX texts the others wait with their driver. Each
 * function may be called from any thread. */
#pragma once

#include "gateway/daemon/mailbox.h"

enum { REPLY_RECEIPTS_MAX = 256 };

struct reply_receipts;

struct reply_receipts *reply_receipts_new(struct mailbox *mailbox);
void reply_receipts_free(struct reply_receipts *receipts);

/* An inbound text came, or comes again: posts it once. True when its effect is on the disk. Ask
 * again until then. */
bool reply_receipts_offer(struct reply_receipts *receipts, const struct event_reply *reply,
                          ms_t now);

/* The engine took in the text `key`; `is_written` when no batch has to be waited for. */
void reply_receipts_taken(struct reply_receipts *receipts, const char *key, int64_t n,
                          bool is_written);

void reply_receipts_written(struct reply_receipts *receipts, int64_t n);
