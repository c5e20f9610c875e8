/* bare_libmodbus.c - the plainest thing to compare with: a thread per link around blocking libmodbus calls, as
 * fast as the slave answers, values thrown away.
 *
 *   bare_libmodbus HOST PORT LINKS UNITS REGISTERS SECONDS
 *
 * Prints one line: transactions, CPU seconds, CPU microseconds a transaction, wall seconds. */
#include <errno.h>
#include <modbus/modbus.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { LINKS_LIMIT = 1000 };

static struct {
    const char *host;
    int port, units, registers;
} job;

static atomic_bool must_stop;
static atomic_llong transactions;
static atomic_llong failures;

static void *poll_link(void *context)
{
    (void) context;
    modbus_t *link = modbus_new_tcp(job.host, job.port);
    if (link == NULL || modbus_connect(link) != 0) {
        atomic_fetch_add(&failures, 1);
        return NULL;
    }
    uint16_t words[MODBUS_MAX_READ_REGISTERS];
    long long done = 0;
    for (int unit = 1; !atomic_load(&must_stop); unit = unit % job.units + 1) {
        (void) modbus_set_slave(link, unit);
        if (modbus_read_registers(link, 0, job.registers, words) == job.registers) {
            done++;
        } else {
            atomic_fetch_add(&failures, 1);
        }
    }
    atomic_fetch_add(&transactions, done);
    modbus_close(link);
    modbus_free(link);
    return NULL;
}

static double seconds_of(struct timeval time)
{
    return (double) time.tv_sec + (double) time.tv_usec / 1e6;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    (void) getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

int main(int count, char **arguments)
{
    if (count != 7) {
        (void) fprintf(stderr, "usage: bare_libmodbus HOST PORT LINKS UNITS REGISTERS SECONDS\n");
        return 2;
    }
    job.host = arguments[1];
    job.port = (int) strtol(arguments[2], NULL, 10);
    int links = (int) strtol(arguments[3], NULL, 10);
    job.units = (int) strtol(arguments[4], NULL, 10);
    job.registers = (int) strtol(arguments[5], NULL, 10);
    long span = strtol(arguments[6], NULL, 10);
    static pthread_t thread[LINKS_LIMIT];
    if (links < 1 || links > LINKS_LIMIT || job.units < 1 || job.registers < 1) {
        return 2;
    }
    for (int i = 0; i < links; i++) {
        if (pthread_create(&thread[i], NULL, poll_link, NULL) != 0) {
            return 3;
        }
    }
    double before = cpu_seconds();
    const struct timespec wait = {.tv_sec = span};
    (void) nanosleep(&wait, NULL);
    double cpu = cpu_seconds() - before;
    atomic_store(&must_stop, true);
    for (int i = 0; i < links; i++) {
        (void) pthread_join(thread[i], NULL);
    }
    long long done = atomic_load(&transactions);
    (void) printf("%lld %.3f %.3f %ld %lld\n", done, cpu, cpu * 1e6 / (double) done, span,
                  (long long) atomic_load(&failures));
    return done > 0 && atomic_load(&failures) == 0 ? 0 : 1;
}
