#include "gateway/cli/demo/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/parse.h"
#include "gateway/base/quantity.h"
#include "gateway/base/text.h"
#include "gateway/cli/demo/demo_town.h"
#include "gateway/cli/shared/exit.h"
#include "gateway/cli/shared/options.h"
#include "gateway/cli/shared/signals.h"
#include "gateway/io/snapshot/snapshot.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

enum { DEFAULT_PORT = 8080, REPLY_AFTER_MS = 10000, PRINT_EACH_MS = 5000 };

struct demo {
    char folder[64]; /* "/tmp/huoyan-demo-XXXXXX" or below TMPDIR */
    struct demo_ports ports;
    ms_t span_ms; /* of --for; 0: endless */
    ms_t started_at, printed_at;
    pid_t simulator;
    int reply_fd[2];  /* a pipe: simulated replies go in, the console driver reads them */
    int64_t answered; /* the last incident that got its reply */
    bool is_sounding; /* the siren, as its relay was read back last */
    struct signals signals;
    const struct config *config;
    struct daemon *daemon;
};

static bool parse_arguments(struct demo *demo, int count, char **arguments)
{
    static const char usage[] = "usage: huoyan demo [--for 60s] [--port N]\n";
    const char *span = NULL;
    const char *port_text = NULL;
    const struct option table[] = {
        {"--for", &span, NULL}, {"--port", &port_text, NULL}, {NULL, NULL, NULL}};
    if (!options_parse(count, arguments, table, usage)) {
        return false;
    }
    int64_t port = DEFAULT_PORT;
    if ((span != NULL && !parse_duration(span, &demo->span_ms)) ||
        (port_text != NULL && !parse_int(port_text, 1, 65535, &port))) {
        (void) options_refuse(usage);
        return false;
    }
    demo->ports.web = (int) port;
    return true;
}

/* The folder. */

static bool write_file(const struct demo *demo, const char *name, const char *content,
                       struct error *error)
{
    char path[128];
    (void) snprintf(path, sizeof path, "%s/%s", demo->folder, name);
    FILE *file = fopen(path, "wxe");
    if (file == NULL) {
        return error_set_errno(error, errno, "cannot write '%s'", path);
    }
    bool is_written = fputs(content, file) >= 0;
    is_written = fclose(file) == 0 && is_written;
    return is_written || error_set_errno(error, errno, "cannot write '%s'", path);
}

static bool make_folder(struct demo *demo, struct error *error)
{
    /* No other thread is there yet. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *parent = getenv("TMPDIR");
    bool fits = parent != NULL && strlen(parent) < 32;
    (void) snprintf(demo->folder, sizeof demo->folder, "%s/huoyan-demo-XXXXXX",
                    fits ? parent : "/tmp");
    if (mkdtemp(demo->folder) == NULL) {
        return error_set_errno(error, errno, "cannot make a folder '%s'", demo->folder);
    }
    char content[8192]; /* the town has about 5 kB */
    struct text text = text_over(content, sizeof content);
    demo_add_config(&text, demo->folder, &demo->ports);
    if (!write_file(demo, "huoyan.json", content, error)) {
        return false;
    }
    text = text_over(content, sizeof content);
    demo_add_sensors(&text, demo->folder, &demo->ports);
    CHECK(!text.is_cut);
    return write_file(demo, "sensors.json", content, error);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void) status;
    (void) kind;
    (void) where;
    (void) remove(path);
    return 0;
}

static void remove_folder(const struct demo *demo)
{
    if (demo->folder[0] != '\0') {
        /* The daemon is closed and its threads have ended. NOLINTNEXTLINE(concurrency-mt-unsafe) */
        (void) nftw(demo->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    }
}

/* The simulated sensors. They are a process of their own, so that a visitor can kill it and
 * watch. */

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_found = fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof address) == 0 &&
                    getsockname(fd, (struct sockaddr *) &address, &length) == 0;
    if (fd >= 0) {
        (void) close(fd);
    }
    return is_found ? ntohs(address.sin_port) : 0;
}

static bool start_simulator(struct demo *demo, struct error *error)
{
    char file[128];
    (void) snprintf(file, sizeof file, "%s/sensors.json", demo->folder);
    demo->simulator = fork();
    if (demo->simulator < 0) {
        return error_set_errno(error, errno, "cannot start the simulated sensors");
    }
    if (demo->simulator == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void) setpgid(0, 0); /* Ctrl-C is for the gateway, which then stops this process */
        if (freopen("/dev/null", "we", stdout) != NULL) {
            (void) execl("/proc/self/exe", "huoyan", "simulate", file, (char *) NULL);
        }
        _exit(EXIT_SYSTEM);
    }
    return true;
}

static void stop_simulator(struct demo *demo)
{
    if (demo->simulator > 0) {
        (void) kill(demo->simulator, SIGTERM);
        (void) waitpid(demo->simulator, NULL, 0);
        demo->simulator = 0;
    }
}

static void watch_simulator(struct demo *demo)
{
    if (demo->simulator > 0 && waitpid(demo->simulator, NULL, WNOHANG) == demo->simulator) {
        demo->simulator = 0;
        (void) printf("\n模拟传感器已停止，网关继续运行：请看数据中断如何变成事件。\n\n");
    }
}

/* Each second, in the thread of the loop. */

static void format_clock(const struct zone *zone, ms_t at, char to[static 16])
{
    struct civil civil = zone_civil(zone, at);
    (void) snprintf(to, 16, "%02d:%02d:%02d", civil.hour % 100, civil.minute % 100,
                    civil.second % 100);
}

static void print_demo_values(struct demo *demo, ms_t now)
{
    if (now - demo->printed_at < PRINT_EACH_MS) {
        return;
    }
    demo->printed_at = now;
    const struct policy *policy = demo->config->policy;
    char at[16];
    format_clock(&policy->zone, now, at);
    (void) printf("%s ", at);
    for (int32_t i = 0; i < policy->point_count; i++) {
        const struct policy_point *point = &policy->point[i];
        struct snapshot_point seen = snapshot_point(daemon_snapshot(demo->daemon), i);
        const char *site = policy->site[point->site].name;
        if (i == 0 || policy->point[i - 1].site != point->site) {
            (void) printf(" %s", site);
        }
        if (strcmp(point->quantity, "relay") == 0) {
            continue; /* see watch_siren */
        }
        if (reading_has_value(&seen.reading)) {
            (void) printf(" %.*f%s", point->decimals, seen.reading.value, unit_text(point->unit));
        } else {
            (void) printf(" ——");
        }
    }
    (void) printf("\n");
}

/* Prints when the siren begins and ends, as its relay reads back. */
static void watch_siren(struct demo *demo, ms_t now)
{
    const struct policy *policy = demo->config->policy;
    int32_t index = policy_find_point(policy, demo_siren_point);
    struct snapshot_point seen = snapshot_point(daemon_snapshot(demo->daemon), index);
    bool is_sounding = seen.reading.value > 0;
    if (!reading_has_value(&seen.reading) || is_sounding == demo->is_sounding) {
        return;
    }
    demo->is_sounding = is_sounding;
    char at[16];
    format_clock(&policy->zone, now, at);
    (void) printf("\n%s  %s警笛%s\n\n", at, policy->site[policy->point[index].site].name,
                  is_sounding ? "鸣响" : "停止");
}

/* The village cadre answers some seconds after the incident reached that level. */
static void reply_as_cadre(struct demo *demo, ms_t now)
{
    int32_t count = 0;
    struct incident *incidents = snapshot_incidents(daemon_snapshot(demo->daemon), 16, &count);
    for (int32_t i = 0; i < count; i++) {
        const struct incident *incident = &incidents[i];
        const struct policy_escalation *times =
            &demo->config->policy->escalation[incident->severity];
        ms_t told_at = incident->opened_at + times->silence_ms[0];
        if (incident->state == INCIDENT_OPEN && incident->level == 1 &&
            incident->id > demo->answered && now >= told_at + REPLY_AFTER_MS) {
            demo->answered = incident->id;
            (void) printf("\n短信 ← %s 回复：1\n\n", demo_cadre_phone);
            (void) dprintf(demo->reply_fd[1], "%s 1\n", demo_cadre_phone);
        }
    }
    free(incidents);
}

static bool run_demo_turn(void *context, ms_t now)
{
    struct demo *demo = context;
    watch_simulator(demo);
    reply_as_cadre(demo, now);
    watch_siren(demo, now);
    print_demo_values(demo, now);
    (void) fflush(stdout);
    return demo->span_ms == 0 || now - demo->started_at < demo->span_ms;
}

static void print_welcome(const struct demo *demo)
{
    (void) printf(
        "\n火眼演示（Huoyan demo）\n"
        "  网页      http://127.0.0.1:%d   用户名 demo  密码 demo\n"
        "  传感器    模拟进程 %d，可以杀掉它试试\n"
        "  经过      约半分钟后3号库升温报警，警笛鸣响；20秒无人回复转村，村干部回复1确认，警笛停止，随后降温恢复\n"
        "  停止      Ctrl-C（stop with Ctrl-C）\n\n",
        daemon_port(demo->daemon), (int) demo->simulator);
    (void) fflush(stdout);
}

static bool run_demo(struct demo *demo, struct arena *arena, struct error *error)
{
    static struct config_problems problems;
    if (pipe2(demo->reply_fd, O_CLOEXEC) != 0) {
        return error_set_errno(error, errno, "cannot make a pipe");
    }
    if (!config_read(arena, demo->folder, &problems, &demo->config)) {
        return error_set(error, "the demo's own config is wrong: %s",
                         problems.count > 0 ? problems.item[0].text : "?");
    }
    if (!start_simulator(demo, error)) {
        return false;
    }
    signals_catch(&demo->signals);
    const struct daemon_options options = {
        .is_demo = true, .reply_fd = demo->reply_fd[0], .on_turn = run_demo_turn, .context = demo};
    if (!daemon_open(demo->config, &options, &demo->daemon, error)) {
        return false;
    }
    demo->started_at = clock_ms();
    print_welcome(demo);
    signals_set_daemon(demo->daemon);
    daemon_run(demo->daemon, &demo->signals.must_stop);
    signals_set_daemon(NULL);
    return true;
}

int cli_demo(int count, char **arguments)
{
    static struct demo demo = {.reply_fd = {-1, -1}};
    if (!parse_arguments(&demo, count, arguments)) {
        return EXIT_USAGE;
    }
    demo.ports.slave = free_port();
    demo.ports.dtu = free_port();
    log_set_level(LOG_LEVEL_WARNING);
    struct arena *arena = arena_new();
    struct error error = {{0}};
    bool is_done = make_folder(&demo, &error) && run_demo(&demo, arena, &error);
    daemon_close(demo.daemon);
    stop_simulator(&demo);
    remove_folder(&demo);
    arena_free(arena);
    if (!is_done) {
        (void) fprintf(stderr, "huoyan demo: %s\n", error.text);
        return EXIT_SYSTEM;
    }
    (void) printf("\n演示结束。\n");
    return EXIT_DONE;
}
