#include "gateway/io/snapshot/change_order.h"

#include <stdlib.h>

#include "gateway/base/check.h"

enum { NOBODY = RECENCY_NOBODY, UNLINKED = -2 };

static int32_t *take(int32_t count)
{
    int32_t *item = calloc(count == 0 ? 1 : (size_t) count, sizeof *item);
    CHECK(item != NULL);
    return item;
}

void recency_open(struct recency *recency, int32_t count)
{
    *recency = (struct recency){
        .oldest = NOBODY, .newest = NOBODY, .older = take(count), .newer = take(count)};
    for (int32_t i = 0; i < count; i++) {
        recency->newer[i] = UNLINKED;
    }
}

void recency_close(struct recency *recency)
{
    free(recency->older);
    free(recency->newer);
}

void recency_unlink(struct recency *recency, int32_t i)
{
    if (recency->newer[i] == UNLINKED) {
        return;
    }
    int32_t older = recency->older[i];
    int32_t newer = recency->newer[i];
    *(older == NOBODY ? &recency->oldest : &recency->newer[older]) = newer;
    *(newer == NOBODY ? &recency->newest : &recency->older[newer]) = older;
    recency->newer[i] = UNLINKED;
}

void recency_touch(struct recency *recency, int32_t i)
{
    recency_unlink(recency, i);
    recency->older[i] = recency->newest;
    recency->newer[i] = NOBODY;
    *(recency->newest == NOBODY ? &recency->oldest : &recency->newer[recency->newest]) = i;
    recency->newest = i;
}
