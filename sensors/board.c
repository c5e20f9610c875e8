#include "sensors/board.h"

#include <pthread.h>
#include <string.h>

struct board {
    pthread_mutex_t lock;
    int32_t count;
    struct entry {
        struct wire_link_status status;
        int32_t device_count;
        struct wire_device_status *device;
    } * link;
};

struct board *board_new(struct arena *arena, const struct link_settings *link, int32_t count)
{
    struct board *board = arena_take(arena, 1, sizeof *board);
    CHECK(pthread_mutex_init(&board->lock, NULL) == 0);
    board->count = count;
    board->link = arena_take(arena, (size_t) count, sizeof board->link[0]);
    for (int32_t i = 0; i < count; i++) {
        size_t devices = (size_t) link[i].device_count;
        board->link[i].device_count = link[i].device_count;
        board->link[i].device = arena_take(arena, devices, sizeof board->link[i].device[0]);
    }
    return board;
}

void board_close(struct board *board)
{
    if (board != NULL) {
        (void) pthread_mutex_destroy(&board->lock);
    }
}

void board_show(struct board *board, int32_t link, const struct wire_link_status *status,
                const struct wire_device_status *device, int32_t from, int32_t until)
{
    struct entry *entry = &board->link[link];
    (void) pthread_mutex_lock(&board->lock);
    entry->status = *status;
    if (from < until) {
        size_t count = (size_t) (until - from);
        memcpy(entry->device + from, device + from, count * sizeof device[0]);
    }
    (void) pthread_mutex_unlock(&board->lock);
}

struct wire_link_status board_link(struct board *board, int32_t link)
{
    CHECK(link >= 0 && link < board->count);
    (void) pthread_mutex_lock(&board->lock);
    struct wire_link_status status = board->link[link].status;
    (void) pthread_mutex_unlock(&board->lock);
    return status;
}

struct wire_device_status board_device(struct board *board, int32_t link, int32_t device)
{
    CHECK(link >= 0 && link < board->count);
    CHECK(device >= 0 && device < board->link[link].device_count);
    (void) pthread_mutex_lock(&board->lock);
    struct wire_device_status status = board->link[link].device[device];
    (void) pthread_mutex_unlock(&board->lock);
    return status;
}
