/* simulator.h - simulated sensors in a thread of their own: the lines of a plan (simulator_plan.h)
 * on one epoll loop.
 *
 * Commands steer it while it runs, by simulator_command or as lines on its control socket:
 *   set LINE UNIT FC ADDRESS RAW     a word by hand, instead of the script's value
 *   fault LINE UNIT NAME [DETAIL]    a fault of sim_fault.h by hand, "none" ends it; DETAIL: the
 *                                    code of an exception, a delay, a share of the answers (0.3)
 *   line LINE away|one_client|none   a fault of the whole line
 *   hang_up LINE                     closes its connections
 *   redial LINE                      a DTU connects anew and leaves its old connection open
 *   quit
 * LINE is the id of the line in the plan, or its number, or * for all. Each line is answered by
 * "ok" or "error: sentence". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"

enum {
    SIMULATOR_PEERS_MAX = 8192,  /* connections and serial lines at once; more are closed */
    SIMULATOR_CLIENTS_MAX = 16,  /* on the control socket */
    SIMULATOR_COMMAND_MAX = 256, /* bytes of a command */
    SIMULATOR_ANSWER_MAX = 512,
    SIMULATOR_PATH_MAX = 108, /* of a pty */
};

struct simulator;

/* Is the plan well-formed? The error begins with its line. */
MUST_CHECK bool simulator_check(const char *json_text, struct error *error);

/* Opens all lines and answers from then on. `now_us` is a monotonic clock, read by the simulator's
 * thread. The sentence names the address that is taken or cannot be opened. */
MUST_CHECK bool simulator_start(const char *json_text, us_t (*now_us)(void),
                                struct simulator **ret_simulator, struct error *error);
void simulator_stop(struct simulator *simulator); /* NULL is allowed; removes links and sockets */

/* Carries out one command; `answer` has no newline. */
void simulator_command(struct simulator *simulator, const char *command, char *answer,
                       size_t answer_size);

/* How a line can be reached. */
struct simulator_line {
    uint16_t port;                       /* TCP, that it listens on; 0: none */
    char path[SIMULATOR_PATH_MAX];       /* of its pty, "": none; another one after it was away */
    char text[SIMULATOR_PATH_MAX + 256]; /* for people: "bus1: 127.0.0.1:15020" */
};

/* NULL beyond the last one. */
const struct simulator_line *simulator_line(const struct simulator *simulator, int32_t line);

/* Readable after the command quit. */
int simulator_quit_fd(const struct simulator *simulator);
