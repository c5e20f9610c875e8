#include "gateway/io/snapshot/change_order.h"

#include <stdlib.h>

#include "gateway/base/memory.h"

enum { NONE = CHANGE_ORDER_NONE };

void change_order_open(struct change_order *order, int32_t count)
{
    *order = (struct change_order){.oldest = NONE,
                                   .newest = NONE,
                                   .change = memory_take((size_t) count, sizeof *order->change)};
}

void change_order_close(struct change_order *order)
{
    free(order->change);
}

static void unlink_change(struct change_order *order, const struct change *change)
{
    int32_t older = change->older;
    int32_t newer = change->newer;
    *(older == NONE ? &order->oldest : &order->change[older].newer) = newer;
    *(newer == NONE ? &order->newest : &order->change[newer].older) = older;
}

void change_order_touch(struct change_order *order, int32_t i, int64_t sequence)
{
    struct change *change = &order->change[i];
    if (change->sequence != 0) {
        unlink_change(order, change);
    }
    *change = (struct change){.older = order->newest, .newer = NONE, .sequence = sequence};
    *(order->newest == NONE ? &order->oldest : &order->change[order->newest].newer) = i;
    order->newest = i;
}

int32_t change_order_find_after(const struct change_order *order, int64_t sequence)
{
    int32_t first = NONE;
    for (int32_t i = order->newest; i != NONE && order->change[i].sequence > sequence;
         i = order->change[i].older) {
        first = i;
    }
    return first;
}

int64_t change_order_reach(const struct change_order *order, int32_t first, int32_t max,
                           int64_t newest)
{
    for (int32_t i = first; i != NONE; i = order->change[i].newer, max--) {
        if (max == 0) {
            return order->change[i].sequence - 1;
        }
    }
    return newest;
}
