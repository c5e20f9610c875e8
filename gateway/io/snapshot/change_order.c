#include "gateway/io/snapshot/change_order.h"

#include <stdlib.h>

#include "gateway/base/check.h"
#include "gateway/base/memory.h"

enum { NONE = CHANGE_ORDER_NONE, UNLINKED = -2 };

void change_order_open(struct change_order *order, int32_t count)
{
    *order = (struct change_order){.oldest = NONE,
                                   .newest = NONE,
                                   .older = memory_take((size_t) count, sizeof *order->older),
                                   .newer = memory_take((size_t) count, sizeof *order->newer)};
    for (int32_t i = 0; i < count; i++) {
        order->newer[i] = UNLINKED;
    }
}

void change_order_close(struct change_order *order)
{
    free(order->older);
    free(order->newer);
}

static void unlink_change(struct change_order *order, int32_t i)
{
    if (order->newer[i] == UNLINKED) {
        return;
    }
    int32_t older = order->older[i];
    int32_t newer = order->newer[i];
    *(older == NONE ? &order->oldest : &order->newer[older]) = newer;
    *(newer == NONE ? &order->newest : &order->older[newer]) = older;
    order->newer[i] = UNLINKED;
}

void change_order_touch(struct change_order *order, int32_t i)
{
    unlink_change(order, i);
    order->older[i] = order->newest;
    order->newer[i] = NONE;
    *(order->newest == NONE ? &order->oldest : &order->newer[order->newest]) = i;
    order->newest = i;
}
