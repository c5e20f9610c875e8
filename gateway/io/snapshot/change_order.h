/* change_order.h - who of a fixed number changed when: a list from the longest unchanged to the one that changed last. A change
 * costs the same however many there are. */
#pragma once

#include <stdint.h>

enum { RECENCY_NOBODY = -1 };

struct recency {
    int32_t oldest, newest; /* RECENCY_NOBODY: none has changed */
    int32_t *older, *newer; /* neighbours of each; RECENCY_NOBODY at the ends */
};

/* Numbers 0...count-1, none of which has changed. No memory stops the process. */
void recency_open(struct recency *recency, int32_t count);
void recency_close(struct recency *recency);

/* It changed just now. */
void recency_touch(struct recency *recency, int32_t i);

/* As if it had never changed. */
void recency_unlink(struct recency *recency, int32_t i);
