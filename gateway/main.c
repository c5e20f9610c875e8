/* main.c - runs the command that the first argument names. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cli/check_config.h"
#include "gateway/cli/demo/demo.h"
#include "gateway/cli/read/read.h"
#include "gateway/cli/run.h"
#include "gateway/cli/scan/scan.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/simulate.h"
#include "gateway/cli/user/user.h"

static int print_version(int count, char **arguments)
{
    (void) arguments;
    if (count != 1) {
        (void) fprintf(stderr, "usage: huoyan version\n");
        return EXIT_USAGE;
    }
    (void) printf("huoyan %s\n", HUOYAN_VERSION);
    return EXIT_DONE;
}

static const struct command {
    const char *name;
    const char *usage;
    const char *help;
    int (*run)(int count, char **arguments); /* arguments[0] is the command */
} commands[] = {
    {"run", "run -c DIR",
     "the daemon, in the foreground; SIGTERM stops it, SIGHUP re-reads the config", cli_run},
    {"demo", "demo [--for 60s] [--port N]", "the main job on simulated sensors", cli_demo},
    {"check", "check -c DIR [--print] [--json]", "finds all mistakes of a config in one run",
     cli_check},
    {"scan", "scan LINK -c DIR | --serial PATH | --tcp HOST:PORT | --rtu-over-tcp HOST:PORT",
     "finds the devices on a bus, their baud, unit and device model; only reads", cli_scan},
    {"read", "read SITE/DEVICE -c DIR | --serial PATH --unit N --fc N --address N --count N",
     "reads one device now: bytes, values in every byte order, timing, exception", cli_read},
    {"simulate", "simulate FILE",
     "plays simulated Modbus devices, with values and faults from a script", cli_simulate},
    {"user", "user add NAME --role ROLE [--person ID] -c DIR | passwd NAME -c DIR | list -c DIR",
     "logins of people", cli_user},
    {"token", "token add NAME --role ROLE -c DIR", "keys of programs", cli_token},
    {"version", "version", "the version of this program", print_version},
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *to)
{
    (void) fprintf(to, "火眼 huoyan: a safety-monitoring gateway\n\n");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        (void) fprintf(to, "  huoyan %s\n        %s\n", commands[i].usage, commands[i].help);
    }
    (void) fprintf(to, "\nExit codes: 0 done, 1 the answer is no, 2 usage, 3 the system failed.\n");
}

int main(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "";
    if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return commands[i].run(count - 1, arguments + 1);
        }
    }
    bool is_help =
        strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    if (!is_help && name[0] != '\0') {
        (void) fprintf(stderr, "huoyan: there is no command '%s'\n\n", name);
    }
    print_help(is_help ? stdout : stderr);
    return is_help ? EXIT_DONE : EXIT_USAGE;
}
