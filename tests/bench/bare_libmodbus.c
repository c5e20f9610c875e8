/* bare_libmodbus.c - the plainest thing to compare with: a thread per link around blocking
 * libmodbus calls, as fast as the slave answers, values thrown away.
 *
 *   bare_libmodbus HOST PORT LINKS UNITS REGISTERS SECONDS
 *
 * It is measured once all links are connected and a second has passed, for SECONDS. Prints one
 * line: transactions, CPU seconds, CPU microseconds a transaction, wall seconds, failures.
 * libmodbus waits by select, and a descriptor of FD_SETSIZE or above aborts it: so 1,000 links is
 * what one process can have. */
#include <errno.h>
#include <modbus/modbus.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum {
    LINKS_LIMIT = 1000,
    STACK_BYTES = 128 * 1024,
    CONNECT_SECONDS = 20,
    RESPONSE_SECONDS = 5,
    CACHE_LINE = 64,
};

struct link {
    _Alignas(CACHE_LINE) atomic_llong done;
    pthread_t thread;
};

static struct {
    const char *host;
    int port, links, units, registers;
} job;

static atomic_bool must_stop;
static atomic_int ready_count;
static atomic_llong failures;
static struct link links[LINKS_LIMIT];

static void poll_units(struct link *self, modbus_t *link)
{
    uint16_t words[MODBUS_MAX_READ_REGISTERS];
    for (int unit = 1; !atomic_load_explicit(&must_stop, memory_order_relaxed);
         unit = unit % job.units + 1) {
        (void) modbus_set_slave(link, unit);
        if (modbus_read_registers(link, 0, job.registers, words) == job.registers) {
            atomic_fetch_add_explicit(&self->done, 1, memory_order_relaxed);
        } else {
            atomic_fetch_add(&failures, 1);
        }
    }
}

static void *poll_link(void *context)
{
    modbus_t *link = modbus_new_tcp(job.host, job.port);
    bool is_connected = link != NULL && modbus_connect(link) == 0;
    if (is_connected) {
        atomic_fetch_add(&ready_count, 1);
        /* A thousand threads on one core may well wait longer than the usual half second. */
        (void) modbus_set_response_timeout(link, RESPONSE_SECONDS, 0);
        poll_units(context, link);
        modbus_close(link);
    } else {
        atomic_fetch_add(&failures, 1);
    }
    modbus_free(link);
    return NULL;
}

static double seconds_of(struct timeval time)
{
    return (double) time.tv_sec + (double) time.tv_usec / 1e6;
}

struct moment {
    double cpu_seconds, wall_seconds;
    long long done;
};

static struct moment moment_now(void)
{
    struct rusage usage;
    struct timespec wall;
    struct moment now = {0};
    for (int i = 0; i < job.links; i++) {
        now.done += atomic_load_explicit(&links[i].done, memory_order_relaxed);
    }
    (void) getrusage(RUSAGE_SELF, &usage);
    (void) clock_gettime(CLOCK_MONOTONIC, &wall);
    now.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    now.wall_seconds = (double) wall.tv_sec + (double) wall.tv_nsec / 1e9;
    return now;
}

static void wait_a(long milliseconds)
{
    const struct timespec span = {.tv_sec = milliseconds / 1000,
                                  .tv_nsec = milliseconds % 1000 * 1000000};
    (void) nanosleep(&span, NULL);
}

static bool start_all(void)
{
    pthread_attr_t small;
    if (pthread_attr_init(&small) != 0 || pthread_attr_setstacksize(&small, STACK_BYTES) != 0) {
        return false;
    }
    for (int i = 0; i < job.links; i++) {
        if (pthread_create(&links[i].thread, &small, poll_link, &links[i]) != 0) {
            return false;
        }
    }
    for (int i = 0; i < CONNECT_SECONDS * 10 && atomic_load(&ready_count) < job.links; i++) {
        wait_a(100);
    }
    wait_a(1000);
    return atomic_load(&ready_count) == job.links;
}

int main(int count, char **arguments)
{
    if (count != 7) {
        (void) fprintf(stderr, "usage: bare_libmodbus HOST PORT LINKS UNITS REGISTERS SECONDS\n");
        return 2;
    }
    job.host = arguments[1];
    job.port = (int) strtol(arguments[2], NULL, 10);
    job.links = (int) strtol(arguments[3], NULL, 10);
    job.units = (int) strtol(arguments[4], NULL, 10);
    job.registers = (int) strtol(arguments[5], NULL, 10);
    long span = strtol(arguments[6], NULL, 10);
    if (job.links < 1 || job.links > LINKS_LIMIT || job.units < 1 || job.registers < 1) {
        return 2;
    }
    if (!start_all()) {
        (void) fprintf(stderr, "bare_libmodbus: %d of %d links connected\n",
                       atomic_load(&ready_count), job.links);
        return 3;
    }
    struct moment before = moment_now();
    wait_a(span * 1000);
    struct moment after = moment_now();
    atomic_store(&must_stop, true);
    for (int i = 0; i < job.links; i++) {
        (void) pthread_join(links[i].thread, NULL);
    }
    long long done = after.done - before.done;
    double cpu = after.cpu_seconds - before.cpu_seconds;
    (void) printf("%lld %.3f %.3f %.3f %lld\n", done, cpu, cpu * 1e6 / (double) done,
                  after.wall_seconds - before.wall_seconds, (long long) atomic_load(&failures));
    return done > 0 && atomic_load(&failures) == 0 ? 0 : 1;
}
