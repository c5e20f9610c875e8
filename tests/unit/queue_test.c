#include "gateway/io/queue.h"

#include <pthread.h>

#include "tests/unit/expect.h"

enum { SOON = 60000 }; /* longer than any test may last: a wait that should end ends before */

static void what_comes_in_first_goes_out_first(void **state)
{
    (void) state;
    struct queue *queue = queue_new(3, sizeof(int));
    int out = -1;
    assert_int_equal(queue_take(queue, &out, 0), QUEUE_EMPTY);
    assert_int_equal(out, -1);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 3; i++) {
            assert_true(queue_put(queue, &i));
        }
        assert_int_equal(queue_count(queue), 3);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(queue_take(queue, &out, SOON), QUEUE_TAKEN);
            assert_int_equal(out, i);
        }
        /* Shifts the ring, so that each place is once the first. */
        assert_true(queue_put(queue, &round));
        assert_int_equal(queue_take(queue, &out, 0), QUEUE_TAKEN);
        assert_int_equal(out, round);
    }
    queue_free(queue);
}

static void a_full_queue_says_so_and_keeps_what_it_has(void **state)
{
    (void) state;
    struct queue *queue = queue_new(2, sizeof(char));
    assert_true(queue_put(queue, "a"));
    assert_true(queue_put(queue, "b"));
    assert_false(queue_put(queue, "c"));
    char out = 0;
    assert_int_equal(queue_take(queue, &out, 0), QUEUE_TAKEN);
    assert_int_equal(out, 'a');
    assert_true(queue_put(queue, "d"));
    assert_int_equal(queue_take(queue, &out, 0), QUEUE_TAKEN);
    assert_int_equal(out, 'b');
    queue_free(queue);
}

static void a_wait_ends_with_its_time(void **state)
{
    (void) state;
    struct queue *queue = queue_new(1, sizeof(int));
    int out = 0;
    assert_int_equal(queue_take(queue, &out, 1), QUEUE_EMPTY);
    queue_free(queue);
}

static void a_closed_queue_gives_out_what_it_has_and_takes_nothing(void **state)
{
    (void) state;
    struct queue *queue = queue_new(2, sizeof(int));
    int in = 5;
    assert_true(queue_put(queue, &in));
    queue_close(queue);
    assert_false(queue_put(queue, &in));
    int out = 0;
    assert_int_equal(queue_take(queue, &out, SOON), QUEUE_TAKEN);
    assert_int_equal(out, 5);
    assert_int_equal(queue_take(queue, &out, SOON), QUEUE_CLOSED);
    queue_free(queue);
    queue_free(NULL);
}

static void *take_one(void *context)
{
    int out = 0;
    enum queue_take outcome = queue_take(context, &out, SOON);
    return outcome == QUEUE_CLOSED ? context : NULL;
}

static void closing_wakes_all_who_wait(void **state)
{
    (void) state;
    struct queue *queue = queue_new(1, sizeof(int));
    enum { TAKERS = 3 };
    pthread_t taker[TAKERS];
    for (int i = 0; i < TAKERS; i++) {
        assert_int_equal(pthread_create(&taker[i], NULL, take_one, queue), 0);
    }
    queue_close(queue);
    for (int i = 0; i < TAKERS; i++) {
        void *was_woken = NULL;
        assert_int_equal(pthread_join(taker[i], &was_woken), 0);
        assert_non_null(was_woken);
    }
    queue_free(queue);
}

enum { PUTTERS = 3, ITEMS = 2000 };

struct item {
    int putter, number;
};

struct putter {
    struct queue *queue;
    int number;
};

static void *put_all(void *context)
{
    const struct putter *putter = context;
    for (int i = 0; i < ITEMS;) {
        struct item item = {putter->number, i};
        i += queue_put(putter->queue, &item) ? 1 : 0;
    }
    return NULL;
}

static void many_threads_lose_and_reorder_nothing(void **state)
{
    (void) state;
    struct queue *queue = queue_new(16, sizeof(struct item));
    pthread_t thread[PUTTERS];
    struct putter putter[PUTTERS];
    for (int i = 0; i < PUTTERS; i++) {
        putter[i] = (struct putter){queue, i};
        assert_int_equal(pthread_create(&thread[i], NULL, put_all, &putter[i]), 0);
    }
    int next[PUTTERS] = {0};
    for (int i = 0; i < PUTTERS * ITEMS; i++) {
        struct item item;
        assert_int_equal(queue_take(queue, &item, SOON), QUEUE_TAKEN);
        assert_int_equal(item.number, next[item.putter]++);
    }
    for (int i = 0; i < PUTTERS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    }
    assert_int_equal(queue_count(queue), 0);
    queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_in_first_goes_out_first),
        cmocka_unit_test(a_full_queue_says_so_and_keeps_what_it_has),
        cmocka_unit_test(a_wait_ends_with_its_time),
        cmocka_unit_test(a_closed_queue_gives_out_what_it_has_and_takes_nothing),
        cmocka_unit_test(closing_wakes_all_who_wait),
        cmocka_unit_test(many_threads_lose_and_reorder_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
