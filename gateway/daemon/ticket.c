#include "gateway/daemon/ticket.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/thread.h"
#include "gateway/io/system/clock.h"

struct slot {
    int64_t ticket; /* 0: free */
    bool is_answered;
    struct effect_answer answer;
};

struct tickets {
    pthread_mutex_t lock;
    pthread_cond_t has_answer;
    int64_t last;
    struct slot slot[TICKETS_MAX];
};

struct tickets *tickets_new(void)
{
    struct tickets *tickets = calloc(1, sizeof *tickets);
    CHECK(tickets != NULL);
    CHECK(pthread_mutex_init(&tickets->lock, NULL) == 0);
    thread_cond_init(&tickets->has_answer);
    return tickets;
}

void tickets_free(struct tickets *tickets)
{
    if (tickets == NULL) {
        return;
    }
    (void) pthread_cond_destroy(&tickets->has_answer);
    (void) pthread_mutex_destroy(&tickets->lock);
    free(tickets);
}

static struct slot *find_slot(struct tickets *tickets, int64_t ticket)
{
    for (int i = 0; i < TICKETS_MAX; i++) {
        if (tickets->slot[i].ticket == ticket) {
            return &tickets->slot[i];
        }
    }
    return NULL;
}

int64_t tickets_take(struct tickets *tickets)
{
    thread_lock(&tickets->lock);
    struct slot *slot = find_slot(tickets, 0);
    int64_t ticket = 0;
    if (slot != NULL) {
        ticket = ++tickets->last;
        *slot = (struct slot){.ticket = ticket};
    }
    thread_unlock(&tickets->lock);
    return ticket;
}

bool tickets_wait(struct tickets *tickets, int64_t ticket, ms_t timeout,
                  struct effect_answer *ret_answer)
{
    struct timespec until = clock_deadline(timeout);
    thread_lock(&tickets->lock);
    struct slot *slot = find_slot(tickets, ticket);
    CHECK(slot != NULL);
    bool is_over = false;
    while (!slot->is_answered && !is_over) {
        is_over = pthread_cond_timedwait(&tickets->has_answer, &tickets->lock, &until) != 0;
    }
    bool is_answered = slot->is_answered;
    if (is_answered) {
        *ret_answer = slot->answer;
    }
    slot->ticket = 0;
    thread_unlock(&tickets->lock);
    return is_answered;
}

void tickets_answer(struct tickets *tickets, const struct effect_answer *answer)
{
    if (answer->ticket == 0) {
        return;
    }
    thread_lock(&tickets->lock);
    struct slot *slot = find_slot(tickets, answer->ticket);
    if (slot != NULL) {
        slot->answer = *answer;
        slot->is_answered = true;
        CHECK(pthread_cond_broadcast(&tickets->has_answer) == 0);
    }
    thread_unlock(&tickets->lock);
}
