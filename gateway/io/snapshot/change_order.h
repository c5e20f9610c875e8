/* change_order.h - numbered things in the order of their last change, as a linked list. A change
 * costs the same however many there are. */
#pragma once

#include <stdint.h>

enum { CHANGE_ORDER_NONE = -1 };

struct change_order {
    int32_t oldest, newest; /* CHANGE_ORDER_NONE: nothing has changed */
    int32_t *older, *newer; /* neighbours of each; CHANGE_ORDER_NONE at the ends */
};

/* Numbers 0...count-1, none of which has changed. No memory stops the process. */
void change_order_open(struct change_order *order, int32_t count);
void change_order_close(struct change_order *order);

/* This one has changed now. */
void change_order_touch(struct change_order *order, int32_t i);
