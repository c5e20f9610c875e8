#include "sensors/status/status_board.h"

#include <pthread.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "sensors/transport/tcp.h"

struct status_board {
    pthread_mutex_t lock;
    int32_t count;
    struct entry {
        bool is_up;
        int32_t device_count;
        const char *words;     /* NULL: never shown */
        const char *suspicion; /* NULL: the same */
        us_t failed_at;
        const char *why; /* NULL: it never fell */
        char *own_words; /* LINK_TEXT_MAX bytes; NULL: all its texts are literals */
        struct link_counters counters;
        struct link_stats stats;
        struct device_status *device;
        struct past {
            struct device_stats stats;
            int32_t block_count;
            struct last_bytes *block; /* by block of its profile */
        } * device_past;
    } * link;
};

static void add_device_pasts(struct entry *entry, struct arena *arena,
                             const struct link_device *device)
{
    entry->device_past = arena_take(arena, (size_t) entry->device_count, sizeof(struct past));
    for (int32_t i = 0; i < entry->device_count; i++) {
        struct past *past = &entry->device_past[i];
        past->block_count = device[i].profile->read_count;
        past->block = arena_take(arena, (size_t) past->block_count, sizeof past->block[0]);
    }
}

/* Errors of a tty and of a host name contain that name. */
static bool needs_own_text(const struct link_settings *link)
{
    struct net_address address;
    switch (link->kind) {
    case LINK_RTU:
        return true;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        return !net_address_parse_host(link->address, link->port, &address);
    case LINK_DTU:
        break;
    }
    return false;
}

struct status_board *status_board_new(struct arena *arena, const struct link_settings *link,
                                      int32_t count)
{
    struct status_board *board = arena_take(arena, 1, sizeof *board);
    CHECK(pthread_mutex_init(&board->lock, NULL) == 0);
    board->count = count;
    board->link = arena_take(arena, (size_t) count, sizeof board->link[0]);
    for (int32_t i = 0; i < count; i++) {
        size_t devices = (size_t) link[i].device_count;
        board->link[i].device_count = link[i].device_count;
        board->link[i].device = arena_take(arena, devices, sizeof board->link[i].device[0]);
        add_device_pasts(&board->link[i], arena, link[i].device);
        if (needs_own_text(&link[i])) {
            board->link[i].own_words = arena_take(arena, LINK_TEXT_MAX, 1);
        }
    }
    return board;
}

void status_board_close(struct status_board *board)
{
    if (board != NULL) {
        (void) pthread_mutex_destroy(&board->lock);
    }
}

static void show_state(struct entry *entry, const struct status_board_state *state)
{
    entry->is_up = state->is_up;
    entry->words = state->words;
    entry->suspicion = state->suspicion;
    if (state->counters != NULL) {
        entry->counters = *state->counters;
    }
}

void status_board_show(struct status_board *board, int32_t link,
                       const struct status_board_state *state, const struct device_status *device)
{
    struct entry *entry = &board->link[link];
    thread_lock(&board->lock);
    show_state(entry, state);
    if (device != NULL) {
        memcpy(entry->device, device, (size_t) entry->device_count * sizeof device[0]);
    }
    thread_unlock(&board->lock);
}

void status_board_take(struct status_board *board, int32_t link, const struct link_result *result,
                       const struct status_board_state *state, const struct device_status *device,
                       struct last_bytes *heard)
{
    struct entry *entry = &board->link[link];
    struct past *past = &entry->device_past[result->device];
    heard->at = result->at;
    thread_lock(&board->lock);
    show_state(entry, state);
    entry->device[result->device] = *device;
    link_stats_take(&past->stats, result, heard->sent_at);
    link_stats_busy(&entry->stats, heard->sent_at, result->at);
    if (heard->sent_at != 0) {
        past->block[result->read] = *heard;
    }
    thread_unlock(&board->lock);
    heard->sent_at = 0;
}

void status_board_foresee(const struct status_board *board, int32_t link, int32_t device,
                          int32_t read)
{
    const struct entry *entry = &board->link[link];
    const struct past *past = &entry->device_past[device];
    __builtin_prefetch(&past->block[read], 1);
    __builtin_prefetch(&past->stats, 1);
    __builtin_prefetch(&entry->device[device], 1);
    __builtin_prefetch(&entry->stats, 1);
}

const char *status_board_keep(struct status_board *board, int32_t link, const char *words)
{
    char *own = board->link[link].own_words;
    CHECK(own != NULL);
    thread_lock(&board->lock);
    text_copy(own, LINK_TEXT_MAX, words);
    thread_unlock(&board->lock);
    return own;
}

void status_board_fail(struct status_board *board, int32_t link, const char *why, us_t now)
{
    struct entry *entry = &board->link[link];
    thread_lock(&board->lock);
    entry->failed_at = now;
    entry->why = why;
    thread_unlock(&board->lock);
}

struct link_status status_board_link(struct status_board *board, int32_t link)
{
    CHECK(link >= 0 && link < board->count);
    const struct entry *entry = &board->link[link];
    thread_lock(&board->lock);
    struct link_status status = {
        .is_up = entry->is_up, .suspicion = entry->suspicion, .counters = entry->counters};
    text_copy(status.text, sizeof status.text, entry->words == NULL ? "" : entry->words);
    thread_unlock(&board->lock);
    return status;
}

struct device_status status_board_device(struct status_board *board, int32_t link, int32_t device)
{
    CHECK(link >= 0 && link < board->count);
    CHECK(device >= 0 && device < board->link[link].device_count);
    thread_lock(&board->lock);
    struct device_status status = board->link[link].device[device];
    thread_unlock(&board->lock);
    return status;
}

struct link_past status_board_link_past(struct status_board *board, int32_t link)
{
    CHECK(link >= 0 && link < board->count);
    const struct entry *entry = &board->link[link];
    thread_lock(&board->lock);
    struct link_past past = {.failed_at = entry->failed_at, .stats = entry->stats};
    text_copy(past.why, sizeof past.why, entry->why == NULL ? "" : entry->why);
    thread_unlock(&board->lock);
    return past;
}

static const struct past *past_of(const struct status_board *board, int32_t link, int32_t device)
{
    CHECK(link >= 0 && link < board->count);
    CHECK(device >= 0 && device < board->link[link].device_count);
    return &board->link[link].device_past[device];
}

struct device_stats status_board_device_past(struct status_board *board, int32_t link,
                                             int32_t device)
{
    const struct past *past = past_of(board, link, device);
    thread_lock(&board->lock);
    struct device_stats stats = past->stats;
    thread_unlock(&board->lock);
    return stats;
}

struct last_bytes status_board_block_past(struct status_board *board, int32_t link, int32_t device,
                                          int32_t read)
{
    const struct past *past = past_of(board, link, device);
    CHECK(read >= 0 && read < past->block_count);
    thread_lock(&board->lock);
    struct last_bytes heard = past->block[read];
    thread_unlock(&board->lock);
    return heard;
}
