#include "gateway/io/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/io/clock.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something came in, or it was closed */
    size_t item_size;
    int32_t count_max, count, oldest;
    bool is_closed;
    unsigned char *items;
};

/* Fails only when misused. */
static void must_be_zero(int outcome)
{
    CHECK(outcome == 0);
}

struct queue *queue_new(int32_t count_max, size_t item_size)
{
    CHECK(count_max >= 1 && item_size >= 1);
    struct queue *queue = calloc(1, sizeof *queue);
    CHECK(queue != NULL);
    queue->items = calloc((size_t) count_max, item_size);
    CHECK(queue->items != NULL);
    queue->count_max = count_max;
    queue->item_size = item_size;
    must_be_zero(pthread_mutex_init(&queue->lock, NULL));
    pthread_condattr_t attributes;
    must_be_zero(pthread_condattr_init(&attributes));
    must_be_zero(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)); /* as clock_deadline */
    must_be_zero(pthread_cond_init(&queue->changed, &attributes));
    must_be_zero(pthread_condattr_destroy(&attributes));
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL) {
        return;
    }
    must_be_zero(pthread_cond_destroy(&queue->changed));
    must_be_zero(pthread_mutex_destroy(&queue->lock));
    free(queue->items);
    free(queue);
}

static unsigned char *item_at(const struct queue *queue, int32_t place)
{
    return queue->items + (size_t) place * queue->item_size;
}

bool queue_put(struct queue *queue, const void *item)
{
    must_be_zero(pthread_mutex_lock(&queue->lock));
    bool has_room = !queue->is_closed && queue->count < queue->count_max;
    if (has_room) {
        int64_t place = (int64_t) queue->oldest + queue->count;
        memcpy(item_at(queue, (int32_t) (place % queue->count_max)), item, queue->item_size);
        queue->count++;
        must_be_zero(pthread_cond_signal(&queue->changed));
    }
    must_be_zero(pthread_mutex_unlock(&queue->lock));
    return has_room;
}

/* With the lock. Ends when there is something to tell or the time is over. */
static void wait_for_change(struct queue *queue, ms_t timeout)
{
    struct timespec until = clock_deadline(timeout);
    while (queue->count == 0 && !queue->is_closed) {
        int outcome = pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
        CHECK(outcome == 0 || outcome == ETIMEDOUT);
        if (outcome == ETIMEDOUT) {
            return;
        }
    }
}

enum queue_take queue_take(struct queue *queue, void *ret_item, ms_t timeout)
{
    must_be_zero(pthread_mutex_lock(&queue->lock));
    if (timeout > 0 && queue->count == 0 && !queue->is_closed) {
        wait_for_change(queue, timeout);
    }
    enum queue_take outcome = queue->is_closed ? QUEUE_CLOSED : QUEUE_EMPTY;
    if (queue->count > 0) {
        memcpy(ret_item, item_at(queue, queue->oldest), queue->item_size);
        queue->oldest = (queue->oldest + 1) % queue->count_max;
        queue->count--;
        outcome = QUEUE_TAKEN;
    }
    must_be_zero(pthread_mutex_unlock(&queue->lock));
    return outcome;
}

void queue_close(struct queue *queue)
{
    must_be_zero(pthread_mutex_lock(&queue->lock));
    queue->is_closed = true;
    must_be_zero(pthread_cond_broadcast(&queue->changed));
    must_be_zero(pthread_mutex_unlock(&queue->lock));
}

int32_t queue_count(struct queue *queue)
{
    must_be_zero(pthread_mutex_lock(&queue->lock));
    int32_t count = queue->count;
    must_be_zero(pthread_mutex_unlock(&queue->lock));
    return count;
}
