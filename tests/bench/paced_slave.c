/* paced_slave.c - a serial bus on a pty: bytes at the pace of the baud rate, devices that take
 * their time, and a record of what went over the line and when.
 *
 *   paced_slave BAUD LATENCY_US JITTER_US DEAD_UNIT POLL_MS
 *
 * A character has 11 bits (8E1). Each unit but DEAD_UNIT (0: none) answers functions 3 and 4; it
 * begins 3.5 characters and LATENCY_US, up to JITTER_US more or less, after the end of a request.
 * Prints {"path": ...} of the pty. Commands on standard input, each answered by a line of JSON; the
 * end of the input ends it:
 *
 *   start    forgets what it has seen and begins to record
 *   stop     {"cycles", "ratio", "mean_ratio", "cycle_us", "wire_us", "own_us", "early",
 *            "answered", "lost", "worst_lost", "silent"}
 *
 * It runs with the priority of real time when it may, as a wire does. A cycle goes from the begin
 * of a request to the begin of the next one, when the first of them was answered. Its wire time is
 * request, silence, latency, reply and the silence before the next request; where this program
 * itself was late with a character (own_us, mean) that is in it. `ratio` is the median of cycle /
 * wire time. `early` counts requests within the silence after a reply. `lost` are polls of living
 * units that did not come: of two requests more than 1.5 x POLL_MS apart; `worst_lost` is the most
 * that one unit lost, `silent` the requests to the dead one. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 8,
    REGISTERS_MAX = 125,
    UNITS = 256,
    SPIN_NS = 60000, /* a sleep ends so much too late now and then: the rest is waited out awake */
    CYCLES_MAX = 65536,
    COMMAND_BYTES = 16,
    PATH_BYTES = 64,
};

struct unit {
    int64_t asked_at;
    uint64_t lost;
};

static struct {
    int master, port;
    int64_t char_ns, silence_ns, latency_ns, jitter_ns, poll_ns;
    unsigned dead_unit;
    uint32_t random;
    uint16_t serial;
    size_t length;
    uint8_t bytes[4 * REQUEST_BYTES];
    int64_t asked_at;  /* begin of the request in hand */
    int64_t wire_ns;   /* of the cycle it began; 0: it was not answered */
    int64_t reply_end; /* 0: nothing was said yet */
    uint64_t cycles, early, answered, silent;
    int64_t cycle_sum, wire_sum, own_sum;
    double ratio[CYCLES_MAX];
    struct unit unit[UNITS];
} bus;

static _Noreturn void die(const char *what)
{
    perror(what);
    _exit(3);
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t wait_until(int64_t at)
{
    int64_t sleep_until = at - SPIN_NS;
    if (sleep_until > now_ns()) {
        const struct timespec moment = {.tv_sec = sleep_until / 1000000000,
                                        .tv_nsec = sleep_until % 1000000000};
        (void) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, NULL);
    }
    int64_t now = now_ns();
    while (now < at) {
        now = now_ns();
    }
    return now;
}

static uint16_t crc_of(const uint8_t *bytes, size_t length)
{
    unsigned crc = 0xFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xA001U : crc >> 1U;
        }
    }
    return (uint16_t) crc;
}

static bool is_request(const uint8_t *bytes)
{
    unsigned count = (unsigned) (bytes[4] << 8 | bytes[5]);
    return (bytes[1] == 3 || bytes[1] == 4) && count > 0 && count <= REGISTERS_MAX &&
           crc_of(bytes, REQUEST_BYTES - 2) == (bytes[6] | bytes[7] << 8);
}

static size_t make_reply(const uint8_t *ask, uint8_t *reply)
{
    size_t count = (size_t) (ask[4] << 8 | ask[5]);
    reply[0] = ask[0];
    reply[1] = ask[1];
    reply[2] = (uint8_t) (2 * count);
    bus.serial++;
    for (size_t i = 0; i < count; i++) {
        size_t word = 200 + (bus.serial + 7 * i) % 100;
        reply[3 + 2 * i] = (uint8_t) (word >> 8);
        reply[4 + 2 * i] = (uint8_t) word;
    }
    size_t length = 3 + 2 * count;
    uint16_t crc = crc_of(reply, length);
    reply[length] = (uint8_t) crc;
    reply[length + 1] = (uint8_t) (crc >> 8);
    return length + 2;
}

static int64_t latency(void)
{
    if (bus.jitter_ns == 0) {
        return bus.latency_ns;
    }
    bus.random = bus.random * 1664525U + 1013904223U;
    return bus.latency_ns - bus.jitter_ns + (int64_t) (bus.random >> 8U) % (2 * bus.jitter_ns);
}

/* Says the reply, a character at a time, each when its stop bit would be over. */
static void say(const uint8_t *reply, size_t length)
{
    int64_t begin = bus.asked_at + REQUEST_BYTES * bus.char_ns + bus.silence_ns + latency();
    int64_t late = 0;
    for (size_t i = 0; i < length; i++) {
        int64_t due = begin + (int64_t) (i + 1) * bus.char_ns;
        late = wait_until(due) - due;
        if (write(bus.master, reply + i, 1) != 1) {
            die("paced_slave: write");
        }
    }
    bus.own_sum += late;
    bus.answered++;
    bus.reply_end = begin + (int64_t) length * bus.char_ns + late;
    bus.wire_ns = bus.reply_end + bus.silence_ns - bus.asked_at;
}

static void count_unit(struct unit *unit, int64_t at)
{
    int64_t gap = at - unit->asked_at;
    if (unit->asked_at > 0 && gap > bus.poll_ns + bus.poll_ns / 2) {
        unit->lost += (uint64_t) ((gap + bus.poll_ns / 2) / bus.poll_ns - 1);
    }
    unit->asked_at = at;
}

/* A whole request that began to arrive at `at`. */
static void take_request(const uint8_t *ask, int64_t at)
{
    if (bus.wire_ns > 0) {
        int64_t cycle = at - bus.asked_at;
        bus.ratio[bus.cycles % CYCLES_MAX] = (double) cycle / (double) bus.wire_ns;
        bus.cycles++;
        bus.cycle_sum += cycle;
        bus.wire_sum += bus.wire_ns;
        bus.early += at < bus.reply_end + bus.silence_ns ? 1 : 0;
    }
    bus.asked_at = at;
    bus.wire_ns = 0;
    if (ask[0] == bus.dead_unit) {
        bus.silent++;
        return;
    }
    count_unit(&bus.unit[ask[0]], at);
    uint8_t reply[5 + 2 * REGISTERS_MAX];
    say(reply, make_reply(ask, reply));
}

/* False: nothing was there. */
static bool hear(void)
{
    ssize_t got = read(bus.master, bus.bytes + bus.length, sizeof bus.bytes - bus.length);
    if (got <= 0) {
        return false;
    }
    bus.length += (size_t) got;
    int64_t at = now_ns();
    if (bus.length < REQUEST_BYTES) {
        return true;
    }
    bus.length = 0; /* what does not begin with a request is noise */
    if (is_request(bus.bytes)) {
        take_request(bus.bytes, at);
    }
    return true;
}

static int is_more(const void *a, const void *b)
{
    const double *one = a;
    const double *other = b;
    return (*one > *other) - (*one < *other);
}

static double median_ratio(void)
{
    size_t count = bus.cycles < CYCLES_MAX ? (size_t) bus.cycles : CYCLES_MAX;
    qsort(bus.ratio, count, sizeof bus.ratio[0], is_more);
    return count > 0 ? bus.ratio[count / 2] : 0;
}

static void report(void)
{
    double cycles = bus.cycles > 0 ? (double) bus.cycles : 1;
    uint64_t lost = 0;
    uint64_t worst = 0;
    for (int i = 0; i < UNITS; i++) {
        lost += bus.unit[i].lost;
        worst = bus.unit[i].lost > worst ? bus.unit[i].lost : worst;
    }
    (void) printf("{\"cycles\": %llu, \"ratio\": %.5f, \"mean_ratio\": %.5f, \"cycle_us\": %.1f, "
                  "\"wire_us\": %.1f, "
                  "\"own_us\": %.1f, \"early\": %llu, \"answered\": %llu, \"lost\": %llu, "
                  "\"worst_lost\": %llu, \"silent\": %llu}\n",
                  (unsigned long long) bus.cycles, median_ratio(),
                  bus.wire_sum > 0 ? (double) bus.cycle_sum / (double) bus.wire_sum : 0.0,
                  (double) bus.cycle_sum / cycles / 1e3, (double) bus.wire_sum / cycles / 1e3,
                  (double) bus.own_sum / cycles / 1e3, (unsigned long long) bus.early,
                  (unsigned long long) bus.answered, (unsigned long long) lost,
                  (unsigned long long) worst, (unsigned long long) bus.silent);
}

/* The moments of the last requests stay: a poll that is lost across `start` counts behind it. */
static void forget(void)
{
    bus.cycles = bus.early = bus.answered = bus.silent = 0;
    bus.cycle_sum = bus.wire_sum = bus.own_sum = 0;
    for (int i = 0; i < UNITS; i++) {
        bus.unit[i].lost = 0;
    }
    (void) puts("{}");
}

/* False at the end of the input. */
static bool obey(void)
{
    char command[COMMAND_BYTES] = "";
    if (read(STDIN_FILENO, command, sizeof command - 1) <= 0) {
        return false;
    }
    if (strcmp(command, "start\n") == 0) {
        forget();
    } else {
        report();
    }
    (void) fflush(stdout);
    return true;
}

static void serve(void)
{
    struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = bus.master, .events = POLLIN}};
    for (;;) {
        (void) poll(watched, 2, 1000);
        if (watched[0].revents != 0 && !obey()) {
            return;
        }
        if (watched[1].revents != 0) {
            (void) hear();
        }
    }
}

/* The port stays open at our end too, so that the line outlives whoever opens and closes it. */
static void open_line(void)
{
    struct termios raw;
    bus.master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (bus.master < 0 || grantpt(bus.master) != 0 || unlockpt(bus.master) != 0) {
        die("paced_slave: pty");
    }
    char path[PATH_BYTES];
    if (ptsname_r(bus.master, path, sizeof path) != 0) {
        die("paced_slave: name of the pty");
    }
    bus.port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (bus.port < 0 || tcgetattr(bus.port, &raw) != 0) {
        die(path);
    }
    cfmakeraw(&raw);
    (void) tcsetattr(bus.port, TCSANOW, &raw);
    (void) printf("{\"path\": \"%s\"}\n", path);
    (void) fflush(stdout);
}

int main(int count, char **arguments)
{
    if (count != 6) {
        (void) fprintf(stderr, "usage: paced_slave BAUD LATENCY_US JITTER_US DEAD_UNIT POLL_MS\n");
        return 2;
    }
    long baud = strtol(arguments[1], NULL, 10);
    if (baud < 1200) {
        return 2;
    }
    bus.char_ns = INT64_C(11000000000) / baud;
    bus.silence_ns = baud > 19200 ? 1750000 : INT64_C(38500000000) / baud;
    bus.latency_ns = strtol(arguments[2], NULL, 10) * 1000;
    bus.jitter_ns = strtol(arguments[3], NULL, 10) * 1000;
    bus.dead_unit = (unsigned) strtol(arguments[4], NULL, 10);
    bus.poll_ns = strtol(arguments[5], NULL, 10) * 1000000;
    bus.random = 1;
    const struct sched_param urgent = {.sched_priority = 10};
    (void) prctl(PR_SET_TIMERSLACK, 1);
    (void) sched_setscheduler(0, SCHED_FIFO, &urgent);
    open_line();
    serve();
    return 0;
}
