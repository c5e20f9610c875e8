/* outbox.h - the messages that were sent, to whom, and their state: for cancelling, for bare
 * replies and for the addressees of a recovery.
 *
 * Holds the newest OUTBOX_MAX messages by rising id; older ones count as sent long ago. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/effect.h"

enum { OUTBOX_MAX = 16384 };

enum outbox_state { OUTBOX_WAITING, OUTBOX_LEFT, OUTBOX_FAILED, OUTBOX_CANCELLED };

struct outbox_message {
    int64_t id, incident;
    enum message_kind kind;
    enum outbox_state state;
    int8_t level;
    ms_t at;
    char person[ID_MAX];
    char phone[PHONE_MAX];
};

struct outbox;

struct outbox *outbox_new(struct arena *arena);

/* The id for the next message; ids up to and with `last` are never given again. */
int64_t outbox_next_id(struct outbox *outbox);
void outbox_skip_ids(struct outbox *outbox, int64_t last);

/* Adds a message, or changes the one with its id. */
void outbox_add(struct outbox *outbox, const struct effect_message *message,
                enum outbox_state state);

struct outbox_message *outbox_find(struct outbox *outbox, int64_t id); /* or NULL */

void outbox_set_state(struct outbox *outbox, struct outbox_message *message,
                      enum outbox_state state);

/* Newest first, NULL at the end: for (m = outbox_newest(o); m != NULL; m = outbox_older(o, m)). */
struct outbox_message *outbox_newest(struct outbox *outbox);
struct outbox_message *outbox_older(struct outbox *outbox, const struct outbox_message *message);

/* ALARM, REPEAT, ESCALATION: a bare reply answers it, and its addressee gets the recovery. */
bool outbox_is_call(enum message_kind kind);

/* The newest call to this phone in this state, older than `before` (NULL: of all); NULL: none. */
const struct outbox_message *outbox_find_call(struct outbox *outbox, const char *phone,
                                              enum outbox_state state,
                                              const struct outbox_message *before);

/* Is a message of this kind (any call, when `kind` is one) for this incident waiting to leave? */
bool outbox_is_waiting(struct outbox *outbox, int64_t incident, const char *phone,
                       enum message_kind kind);

/* Was the phone called for this incident, opened at `since`, by a message that neither failed nor
 * was cancelled? Also true when the outbox no longer reaches back so far. */
bool outbox_was_called(struct outbox *outbox, int64_t incident, ms_t since, const char *phone);

/* Did every call of this incident to this level fail (and was there one)? */
bool outbox_has_failed(struct outbox *outbox, int64_t incident, int8_t level);
