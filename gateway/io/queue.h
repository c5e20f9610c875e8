/* queue.h - things of one size on their way from many threads to one or more others.
 *
 * Bounded: its memory is taken once, and a full queue says so instead of blocking or dropping. First in, first out.
 * The one lock is held for a copy only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/check.h"
#include "gateway/base/units.h"

struct queue;

/* Room for `count_max` things of `item_size` bytes each, both at least 1. */
struct queue *queue_new(int32_t count_max, size_t item_size);

/* Nobody may wait in it any more. NULL is allowed. */
void queue_free(struct queue *queue);

/* Copies the thing in. Never blocks; false when the queue is full or closed. */
MUST_CHECK bool queue_put(struct queue *queue, const void *item);

enum queue_take { QUEUE_TAKEN, QUEUE_EMPTY, QUEUE_CLOSED };

/* Copies the oldest thing out, after waiting up to `timeout` for one; 0 does not wait. QUEUE_CLOSED comes only when
 * all that had been put before the closing was taken. */
enum queue_take queue_take(struct queue *queue, void *ret_item, ms_t timeout);

/* Nothing more goes in; all who wait wake up. */
void queue_close(struct queue *queue);

int32_t queue_count(struct queue *queue);
