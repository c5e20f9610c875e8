#include "gateway/cli/simulate.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/error.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/cli/shared/signals.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/file.h"
#include "sensors/simulator/simulator.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

/* The whole file as a string, to be freed. */
static bool read_simulation(const char *path, char **ret_text, struct error *error)
{
    char *bytes = NULL;
    size_t length = 0;
    if (!file_read(path, FILE_BYTES_MAX, &bytes, &length, error)) {
        return false;
    }
    if (memchr(bytes, '\0', length) != NULL) {
        free(bytes);
        return error_set(error, "cannot read '%s': no text", path);
    }
    *ret_text = bytes;
    return true;
}

/* Commands from stdin; bytes up to a line end are kept between reads. */
struct console {
    bool is_open;
    size_t length;
    char bytes[SIMULATOR_COMMAND_MAX];
};

static void obey_console(struct console *console, struct simulator *simulator)
{
    char *end = memchr(console->bytes, '\n', console->length);
    while (end != NULL) {
        char answer[SIMULATOR_ANSWER_MAX];
        *end = '\0';
        if (end != console->bytes) {
            simulator_command(simulator, console->bytes, answer, sizeof answer);
            (void) printf("%s\n", answer);
            (void) fflush(stdout);
        }
        size_t used = (size_t) (end - console->bytes) + 1;
        console->length -= used;
        memmove(console->bytes, console->bytes + used, console->length);
        end = memchr(console->bytes, '\n', console->length);
    }
}

static void read_console(struct console *console, struct simulator *simulator)
{
    size_t room = sizeof console->bytes - console->length;
    ssize_t got = room > 0 ? read(STDIN_FILENO, console->bytes + console->length, room) : 0;
    if (got <= 0) {
        console->is_open = false; /* the simulation goes on without it */
        return;
    }
    console->length += (size_t) got;
    obey_console(console, simulator);
}

/* Returns at a signal or at quit. */
static void serve_console(struct simulator *simulator, int signals)
{
    struct console console = {.is_open = true};
    for (;;) {
        struct pollfd look[] = {{.fd = signals, .events = POLLIN},
                                {.fd = simulator_quit_fd(simulator), .events = POLLIN},
                                {.fd = console.is_open ? STDIN_FILENO : -1, .events = POLLIN}};
        if (poll(look, 3, -1) < 0 && errno != EINTR) {
            return;
        }
        if (look[2].revents != 0) {
            read_console(&console, simulator);
        }
        if (look[0].revents != 0 || look[1].revents != 0) {
            return;
        }
    }
}

static int print_failure(const struct error *error, int code)
{
    (void) fprintf(stderr, "huoyan simulate: %s\n", error->text);
    return code;
}

static void print_sim_lines(struct simulator *simulator)
{
    for (int32_t i = 0; simulator_line(simulator, i) != NULL; i++) {
        (void) printf("%s\n", simulator_line(simulator, i)->text);
    }
    (void) fflush(stdout);
}

int cli_simulate(int count, char **arguments)
{
    static const char usage[] = "usage: huoyan simulate FILE\n";
    const char *file = NULL;
    const struct option table[] = {{"", &file, NULL}, {NULL, NULL, NULL}};
    if (!options_parse(count, arguments, table, usage)) {
        return EXIT_USAGE;
    }
    if (file == NULL) {
        return options_refuse(usage);
    }
    struct error error;
    char *text = NULL;
    if (!read_simulation(file, &text, &error)) {
        return print_failure(&error, EXIT_SYSTEM);
    }
    if (!simulator_check(text, &error)) {
        free(text);
        return print_failure(&error, EXIT_NO);
    }
    int signals = signals_open_stop();
    (void) signal(SIGTTIN, SIG_IGN); /* in the background stdin is an error, not a halt */
    struct simulator *simulator = NULL;
    bool is_started = simulator_start(text, clock_us, &simulator, &error);
    free(text);
    if (!is_started) {
        return print_failure(&error, EXIT_SYSTEM);
    }
    print_sim_lines(simulator);
    serve_console(simulator, signals);
    simulator_stop(simulator);
    (void) close(signals);
    return EXIT_DONE;
}
