/* change_order.h - who of a fixed number changed when: a list from the longest unchanged to the one that changed last. A change
 * costs the same however many there are. */
#pragma once

#include <stdint.h>

enum { CHANGE_ORDER_NOBODY = -1 };

struct change_order {
    int32_t oldest, newest; /* CHANGE_ORDER_NOBODY: none has changed */
    int32_t *older, *newer; /* neighbours of each; CHANGE_ORDER_NOBODY at the ends */
};

/* Numbers 0...count-1, none of which has changed. No memory stops the process. */
void change_order_open(struct change_order *order, int32_t count);
void change_order_close(struct change_order *order);

/* It changed just now. */
void change_order_touch(struct change_order *order, int32_t i);

/* As if it had never changed. */
void change_order_unlink(struct change_order *order, int32_t i);
