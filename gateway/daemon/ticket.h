/* ticket.h - a thread that gives the engine a command waits here for the answer.
 *
 * A command event carries a ticket; the engine's EFFECT_ANSWER brings it back. A waiter gives up
 * after its time, and a late answer to it is dropped. */
#pragma once

#include "gateway/base/units.h"
#include "gateway/core/model/effect.h"

enum { TICKETS_MAX = 64 }; /* waiting at once; one more gets 503 */

struct tickets;

struct tickets *tickets_new(void);
void tickets_free(struct tickets *tickets);

/* A ticket to put into the event, or 0 when too many wait. */
int64_t tickets_take(struct tickets *tickets);

/* Waits for the answer; gives the ticket back. False: none came in time. */
bool tickets_wait(struct tickets *tickets, int64_t ticket, ms_t timeout,
                  struct effect_answer *ret_answer);

void tickets_answer(struct tickets *tickets, const struct effect_answer *answer);
