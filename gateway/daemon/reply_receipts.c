#include "gateway/daemon/reply_receipts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/thread.h"

#define POST_AGAIN_MS (5 * MS_PER_SECOND)

struct receipt {
    char key[MESSAGE_KEY_MAX]; /* empty: free */
    int64_t n;                 /* 0: the engine has not seen it yet */
    bool is_written;
    ms_t posted_at;
};

struct reply_receipts {
    struct mailbox *mailbox;
    pthread_mutex_t lock;
    struct receipt receipt[REPLY_RECEIPTS_MAX];
};

struct reply_receipts *reply_receipts_new(struct mailbox *mailbox)
{
    struct reply_receipts *receipts = calloc(1, sizeof *receipts);
    CHECK(receipts != NULL);
    receipts->mailbox = mailbox;
    CHECK(pthread_mutex_init(&receipts->lock, NULL) == 0);
    return receipts;
}

void reply_receipts_free(struct reply_receipts *receipts)
{
    if (receipts != NULL) {
        (void) pthread_mutex_destroy(&receipts->lock);
        free(receipts);
    }
}

/* Of the key "" a free one. */
static struct receipt *find_receipt(struct reply_receipts *receipts, const char *key)
{
    for (int i = 0; i < REPLY_RECEIPTS_MAX; i++) {
        if (strcmp(receipts->receipt[i].key, key) == 0) {
            return &receipts->receipt[i];
        }
    }
    return NULL;
}

/* False: no receipt is free. */
static bool add_receipt(struct reply_receipts *receipts, const char *key, ms_t now)
{
    struct receipt *receipt = find_receipt(receipts, "");
    if (receipt != NULL) {
        *receipt = (struct receipt){.posted_at = now};
        text_copy(receipt->key, sizeof receipt->key, key);
    }
    return receipt != NULL;
}

/* True when the text has to be posted again. */
static bool check_receipt(struct receipt *receipt, ms_t now, bool *ret_is_written)
{
    *ret_is_written = receipt->is_written;
    if (receipt->is_written) {
        receipt->key[0] = '\0';
        return false;
    }
    bool is_late = now - receipt->posted_at > POST_AGAIN_MS;
    receipt->posted_at = is_late ? now : receipt->posted_at;
    return is_late;
}

bool reply_receipts_offer(struct reply_receipts *receipts, const struct event_reply *reply,
                          ms_t now)
{
    bool is_written = false;
    thread_lock(&receipts->lock);
    struct receipt *receipt = find_receipt(receipts, reply->key);
    bool must_post = receipt == NULL ? add_receipt(receipts, reply->key, now)
                                     : check_receipt(receipt, now, &is_written);
    thread_unlock(&receipts->lock);
    if (must_post) {
        const struct event event = {.kind = EVENT_REPLY, .at = now, .reply = *reply};
        (void) mailbox_put_event(receipts->mailbox, &event); /* when it is full, again in 5 s */
    }
    return is_written;
}

void reply_receipts_taken(struct reply_receipts *receipts, const char *key, int64_t n,
                          bool is_written)
{
    thread_lock(&receipts->lock);
    struct receipt *receipt = find_receipt(receipts, key);
    if (receipt != NULL && key[0] != '\0') {
        receipt->n = n;
        receipt->is_written = is_written;
    }
    thread_unlock(&receipts->lock);
}

void reply_receipts_written(struct reply_receipts *receipts, int64_t n)
{
    thread_lock(&receipts->lock);
    for (int i = 0; i < REPLY_RECEIPTS_MAX; i++) {
        struct receipt *receipt = &receipts->receipt[i];
        receipt->is_written = receipt->is_written || (receipt->key[0] != '\0' && receipt->n == n);
    }
    thread_unlock(&receipts->lock);
}
