#include "gateway/daemon/mailbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/base/utf8.h"
#include "gateway/base/zero_pages.h"
#include "gateway/io/system/clock.h"

enum {
    READINGS_ROOM = MAILBOX_READINGS * 8, /* most transactions bring fewer than 8 points */
    TEXT_ROOM = REPLY_TEXT_MAX + MESSAGE_KEY_MAX + 256,
};

/* An event whose strings stand behind it. */
struct letter {
    struct event event;
    size_t used;
    char text[TEXT_ROOM];
};

/* One of two boxes: producers fill one while the loop empties the other. They always fill from the
 * start, so memory that was never needed is never touched. */
struct box {
    int32_t reading_count, block_count, letter_count, written_count;
    int32_t block_size[MAILBOX_READINGS];
    struct reading reading[READINGS_ROOM];
    struct letter letter[MAILBOX_OTHERS];
    struct mailbox_written written[MAILBOX_WRITTEN];
};

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t has_mail;
    bool is_waiting, is_woken;
    bool is_gathering;   /* readings do not wake the loop now */
    int32_t busy_blocks; /* taken since busy_since */
    us_t busy_since;
    bool is_busy;
    struct box *filling;                                         /* under the lock */
    struct box *emptying;                                        /* the loop's */
    int32_t next_block, next_reading, next_letter, next_written; /* into emptying */
    struct mailbox_counters counters;
};

struct mailbox *mailbox_new(void)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    CHECK(mailbox != NULL);
    mailbox->filling = zero_pages_take(sizeof *mailbox->filling);
    mailbox->emptying = zero_pages_take(sizeof *mailbox->emptying);

    CHECK(pthread_mutex_init(&mailbox->lock, NULL) == 0);
    thread_cond_init(&mailbox->has_mail);
    return mailbox;
}

void mailbox_free(struct mailbox *mailbox)
{
    if (mailbox == NULL) {
        return;
    }
    (void) pthread_cond_destroy(&mailbox->has_mail);
    (void) pthread_mutex_destroy(&mailbox->lock);
    zero_pages_free(mailbox->filling, sizeof *mailbox->filling);
    zero_pages_free(mailbox->emptying, sizeof *mailbox->emptying);
    free(mailbox);
}

enum urgency { CAN_WAIT, CAN_GATHER, MUST_WAKE };

/* Ends a put: unlocks, and wakes the loop when it sleeps. */
static void unlock_and_wake(struct mailbox *mailbox, enum urgency urgency)
{
    bool must_wake = mailbox->is_waiting &&
                     (urgency == MUST_WAKE || (urgency == CAN_GATHER && !mailbox->is_gathering));
    if (must_wake) {
        /* The puts until the loop runs need no signal of their own. */
        mailbox->is_waiting = mailbox->is_gathering = false;
    }
    thread_unlock(&mailbox->lock);
    if (must_wake) {
        CHECK(pthread_cond_signal(&mailbox->has_mail) == 0);
    }
}

/* A box that is half full wakes the loop also while readings gather. */
static enum urgency rate_urgency(const struct box *box)
{
    if (box->block_count > MAILBOX_READINGS / 2) {
        return MUST_WAKE;
    }
    return box->block_count >= MAILBOX_BURST ? CAN_GATHER : CAN_WAIT;
}

bool mailbox_put_readings(struct mailbox *mailbox, const struct reading *reading, int32_t count)
{
    CHECK(count >= 1 && count <= READINGS_MAX);
    thread_lock(&mailbox->lock);
    struct box *box = mailbox->filling;
    bool has_room =
        box->block_count < MAILBOX_READINGS && box->reading_count + count <= READINGS_ROOM;
    if (has_room) {
        memcpy(&box->reading[box->reading_count], reading, (size_t) count * sizeof *reading);
        box->reading_count += count;
        box->block_size[box->block_count++] = count;
    } else {
        mailbox->counters.readings_refused++;
    }
    unlock_and_wake(mailbox, rate_urgency(box));
    return has_room;
}

void mailbox_announce(struct mailbox *mailbox)
{
    thread_lock(&mailbox->lock);
    unlock_and_wake(mailbox, mailbox->filling->block_count > 0 ? CAN_GATHER : CAN_WAIT);
}

/* Copies `text` behind the event, cut between characters when it does not fit. The last byte of the
 * room is always a string's end, so a full letter gives empty strings. */
static const char *copy_behind(struct letter *letter, const char *text)
{
    const char *from = text == NULL ? "" : text;
    size_t room = sizeof letter->text - letter->used;
    size_t length = strnlen(from, room - 1);
    char *to = letter->text + letter->used;
    memcpy(to, from, length);
    to[length] = '\0';
    if (from[length] != '\0') {
        utf8_trim(to);
    }
    size_t need = strlen(to) + 1;
    letter->used += need < room ? need : room - 1;
    return to;
}

enum { STRINGS_MAX = 5 };

/* The places of an event's strings; 0: no more. */
static const size_t string_place[][STRINGS_MAX] = {
    [EVENT_TICK] = {0},
    [EVENT_READINGS] = {0},
    [EVENT_REPLY] = {offsetof(struct event, reply.key), offsetof(struct event, reply.from),
                     offsetof(struct event, reply.text)},
    [EVENT_COMMAND] = {offsetof(struct event, command.actor),
                       offsetof(struct event, command.person),
                       offsetof(struct event, command.channel),
                       offsetof(struct event, command.note),
                       offsetof(struct event, command.device)},
    [EVENT_OUTCOME] = {offsetof(struct event, outcome.why)},
    [EVENT_HEALTH] = {offsetof(struct event, health.id), offsetof(struct event, health.text)},
    [EVENT_OUTPUT] = {offsetof(struct event, output.text)},
    [EVENT_OUTPUT_STATE] = {offsetof(struct event, output_state.text)},
};

static void write_letter(struct letter *letter, const struct event *event)
{
    letter->event = *event;
    letter->used = 0;
    const size_t *place = string_place[event->kind];
    for (int i = 0; i < STRINGS_MAX && place[i] != 0; i++) {
        const char **string = (void *) ((char *) &letter->event + place[i]);
        *string = copy_behind(letter, *string);
    }
}

bool mailbox_put_event(struct mailbox *mailbox, const struct event *event)
{
    CHECK(event->kind != EVENT_READINGS);
    thread_lock(&mailbox->lock);
    struct box *box = mailbox->filling;
    bool has_room = box->letter_count < MAILBOX_OTHERS;
    if (has_room) {
        write_letter(&box->letter[box->letter_count++], event);
    } else {
        mailbox->counters.others_refused++;
    }
    unlock_and_wake(mailbox, MUST_WAKE);
    return has_room;
}

void mailbox_put_written(struct mailbox *mailbox, const struct mailbox_written *written)
{
    thread_lock(&mailbox->lock);
    struct box *box = mailbox->filling;
    /* The state thread holds half as many batches as there are slots. It reports each at most
     * twice: as failed, and as written after all. */
    CHECK(box->written_count < MAILBOX_WRITTEN);
    box->written[box->written_count++] = *written;
    unlock_and_wake(mailbox, MUST_WAKE);
}

void mailbox_wake(struct mailbox *mailbox)
{
    thread_lock(&mailbox->lock);
    mailbox->is_woken = true;
    unlock_and_wake(mailbox, MUST_WAKE);
}

/* True when waking up for each block would cost more than judging it. Measured over 100 ms, so
 * that one burst is not taken for a flood. */
static bool is_busy(struct mailbox *mailbox)
{
    us_t now = clock_us();
    us_t span = now - mailbox->busy_since;
    if (span >= 100 * US_PER_MS) {
        mailbox->is_busy = mailbox->busy_blocks * US_PER_SECOND > MAILBOX_BUSY_BLOCKS * span;
        mailbox->busy_since = now;
        mailbox->busy_blocks = 0;
    }
    return mailbox->is_busy;
}

/* Sleeps until something comes or `timeout` is over; under the lock. */
static void wait_for_mail(struct mailbox *mailbox, ms_t timeout)
{
    struct timespec until = clock_deadline(timeout);
    bool is_over = timeout <= 0;
    mailbox->is_waiting = true;
    while (mailbox->is_waiting && !mailbox->is_woken && !is_over) {
        is_over = pthread_cond_timedwait(&mailbox->has_mail, &mailbox->lock, &until) != 0;
    }
    mailbox->is_waiting = mailbox->is_gathering = false;
}

/* Waits until the other box holds something or the time is over, and takes it. */
static void swap_boxes(struct mailbox *mailbox, ms_t timeout)
{
    bool must_gather = timeout > 0 && is_busy(mailbox);
    thread_lock(&mailbox->lock);
    const struct box *box = mailbox->filling;
    /* An answer of a person, or a report that releases a message, does not wait for readings. */
    if (must_gather && box->letter_count == 0 && box->written_count == 0) {
        mailbox->is_gathering = true;
        wait_for_mail(mailbox, 1);
    }
    if (box->block_count == 0 && box->letter_count == 0 && box->written_count == 0) {
        wait_for_mail(mailbox, timeout);
    }
    mailbox->is_woken = false;
    struct box *empty = mailbox->emptying;
    mailbox->emptying = mailbox->filling;
    mailbox->filling = empty;
    empty->reading_count = empty->block_count = empty->letter_count = empty->written_count = 0;
    thread_unlock(&mailbox->lock);
    mailbox->busy_blocks += mailbox->emptying->block_count;
    mailbox->next_block = mailbox->next_reading = mailbox->next_letter = mailbox->next_written = 0;
}

static enum mailbox_kind take_next(struct mailbox *mailbox, struct mailbox_item *ret_item)
{
    struct box *box = mailbox->emptying;
    /* Messages wait for the reports. Readings come last: a flood must not delay a person. */
    if (mailbox->next_written < box->written_count) {
        ret_item->kind = MAILBOX_BATCH_WRITTEN;
        ret_item->written = box->written[mailbox->next_written++];
    } else if (mailbox->next_letter < box->letter_count) {
        ret_item->kind = MAILBOX_EVENT;
        ret_item->event = box->letter[mailbox->next_letter++].event;
    } else if (mailbox->next_block < box->block_count) {
        int32_t count = box->block_size[mailbox->next_block++];
        ret_item->kind = MAILBOX_EVENT;
        ret_item->event = (struct event){
            .kind = EVENT_READINGS,
            .readings = {.reading = &box->reading[mailbox->next_reading], .count = count}};
        mailbox->next_reading += count;
    } else {
        ret_item->kind = MAILBOX_NOTHING;
    }
    return ret_item->kind;
}

enum mailbox_kind mailbox_take(struct mailbox *mailbox, ms_t timeout, struct mailbox_item *ret_item)
{
    enum mailbox_kind kind = take_next(mailbox, ret_item);
    if (kind == MAILBOX_NOTHING) {
        swap_boxes(mailbox, timeout);
        kind = take_next(mailbox, ret_item);
    }
    const struct box *box = mailbox->emptying;
    bool has_next = mailbox->next_block < box->block_count;
    ret_item->next =
        (struct event_readings){.reading = &box->reading[mailbox->next_reading],
                                .count = has_next ? box->block_size[mailbox->next_block] : 0};
    return kind;
}

struct mailbox_counters mailbox_counters(struct mailbox *mailbox)
{
    thread_lock(&mailbox->lock);
    struct mailbox_counters counters = mailbox->counters;
    thread_unlock(&mailbox->lock);
    return counters;
}
