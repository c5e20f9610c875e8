#include "sensors/status/output_wants.h"

#include <pthread.h>
#include <string.h>

#include "gateway/base/thread.h"

struct output_wants {
    pthread_mutex_t lock;
    int32_t count, max;
    struct want *want;
};

struct output_wants *output_wants_new(struct arena *arena, const struct link_settings *link,
                                      int32_t count)
{
    struct output_wants *wants = arena_take(arena, 1, sizeof *wants);
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < link[i].device_count; k++) {
            wants->max += link[i].device[k].output_count;
        }
    }
    wants->want = arena_take(arena, (size_t) wants->max, sizeof *wants->want);
    CHECK(pthread_mutex_init(&wants->lock, NULL) == 0);
    return wants;
}

void output_wants_close(struct output_wants *wants)
{
    if (wants != NULL) {
        CHECK(pthread_mutex_destroy(&wants->lock) == 0);
    }
}

static bool is_same_output(const struct want *one, const struct want *other)
{
    return one->link == other->link && one->device == other->device && one->output == other->output;
}

void output_wants_put(struct output_wants *wants, const struct want *want)
{
    thread_lock(&wants->lock);
    int32_t place = 0;
    while (place < wants->count && !is_same_output(&wants->want[place], want)) {
        place++;
    }
    CHECK(place < wants->max);
    wants->want[place] = *want;
    wants->count += place == wants->count ? 1 : 0;
    thread_unlock(&wants->lock);
}

bool output_wants_take(struct output_wants *wants, struct want *ret_want)
{
    thread_lock(&wants->lock);
    bool has_one = wants->count > 0;
    if (has_one) {
        *ret_want = wants->want[0];
        wants->count--;
        memmove(wants->want, wants->want + 1, (size_t) wants->count * sizeof *wants->want);
    }
    thread_unlock(&wants->lock);
    return has_one;
}
