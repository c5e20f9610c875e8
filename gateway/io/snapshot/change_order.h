/* change_order.h - numbered things in the order of their last change, as a linked list. A change
 * costs the same however many there are. */
#pragma once

#include <stdint.h>

enum { CHANGE_ORDER_NONE = -1 };

struct change_order {
    int32_t oldest, newest; /* CHANGE_ORDER_NONE: nothing has changed */
    struct change {
        int32_t older, newer; /* neighbours; CHANGE_ORDER_NONE at the ends */
        int64_t sequence;     /* of the last change; 0: none */
    } * change;
};

/* Numbers 0...count-1, none of which has changed. No memory stops the process. */
void change_order_open(struct change_order *order, int32_t count);
void change_order_close(struct change_order *order);

/* This one has changed now; `sequence` is above all others. */
void change_order_touch(struct change_order *order, int32_t i, int64_t sequence);

/* The one that changed first after `sequence`, or CHANGE_ORDER_NONE. */
int32_t change_order_find_after(const struct change_order *order, int64_t sequence);

/* The sequence up to which at most `max` changes from `first` on are complete; `newest` when these
 * are all. */
int64_t change_order_reach(const struct change_order *order, int32_t first, int32_t max,
                           int64_t newest);
