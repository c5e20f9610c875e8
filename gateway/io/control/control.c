#include "gateway/io/control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/memory.h"
#include "gateway/base/thread.h"

enum { BACKLOG = 8 };

struct control {
    struct control_callbacks callbacks;
    pthread_t thread;
    int listener, stop; /* stop: an eventfd */
    int folder;         /* data_dir */
    char line[CONTROL_LINE_MAX], answer[CONTROL_LINE_MAX];
};

static const char socket_name[] = "control.sock";

static void close_if_open(int fd)
{
    if (fd >= 0) {
        (void) close(fd);
    }
}

/* Names the socket through the open folder, since a path may be longer than sun_path. */
static struct sockaddr_un make_address(int folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void) snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder,
                    socket_name);
    return address;
}

static int open_data_dir(const char *data_dir)
{
    return open(data_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Reads up to a newline. Returns the length without it; -1: too late, too long, or stopped. */
static ssize_t read_socket_line(int fd, int stop, char *to, size_t size)
{
    size_t length = 0;
    while (length < size) {
        struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
        if (poll(fds, stop < 0 ? 1 : 2, CONTROL_WAIT_MS) <= 0 || fds[1].revents != 0) {
            return -1;
        }
        ssize_t count = recv(fd, to + length, size - length, 0);
        if (count <= 0) {
            return -1;
        }
        const char *end = memchr(to + length, '\n', (size_t) count);
        if (end != NULL) {
            return end - to;
        }
        length += (size_t) count;
    }
    return -1;
}

static bool write_socket_line(int fd, const char *line)
{
    const struct timeval patience = {.tv_sec = CONTROL_WAIT_MS / 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
        return false;
    }
    size_t length = strlen(line);
    for (size_t sent = 0; sent <= length;) {
        const char *from = sent < length ? line + sent : "\n";
        size_t left = sent < length ? length - sent : 1;
        ssize_t count = send(fd, from, left, MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        sent += (size_t) count;
    }
    return true;
}

static bool is_own_peer(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void serve_client(struct control *control, int fd)
{
    ssize_t length =
        is_own_peer(fd) ? read_socket_line(fd, control->stop, control->line, CONTROL_LINE_MAX) : -1;
    if (length < 0) {
        return;
    }
    struct text answer = text_over(control->answer, sizeof control->answer);
    control_answer(&control->callbacks, control->line, (size_t) length, &answer);
    (void) write_socket_line(fd, control->answer); /* the client may have gone away */
}

static void *run_control(void *context)
{
    struct control *control = context;
    for (;;) {
        struct pollfd fds[2] = {{.fd = control->listener, .events = POLLIN},
                                {.fd = control->stop, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (fds[1].revents != 0) {
            return NULL;
        }
        int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            serve_client(control, fd);
            (void) close(fd);
        }
    }
}

static bool open_control_listener(struct control *control, const char *data_dir,
                                  struct error *error)
{
    control->folder = open_data_dir(data_dir);
    control->stop = eventfd(0, EFD_CLOEXEC);
    control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->folder < 0 || control->stop < 0 || control->listener < 0) {
        return error_set_errno(error, errno, "cannot open the control socket in '%s'", data_dir);
    }
    const struct sockaddr_un address = make_address(control->folder);
    (void) unlinkat(control->folder, socket_name, 0); /* left by an earlier run */
    if (fchmod(control->listener, 0600) !=
            0 || /* Linux gives this mode to the file that bind makes */
        bind(control->listener, (const struct sockaddr *) &address, sizeof address) != 0 ||
        listen(control->listener, BACKLOG) != 0) {
        return error_set_errno(error, errno, "cannot listen on '%s/%s'", data_dir, socket_name);
    }
    return true;
}

static void free_control(struct control *control)
{
    close_if_open(control->listener);
    close_if_open(control->stop);
    close_if_open(control->folder);
    free(control);
}

bool control_start(const char *data_dir, const struct control_callbacks *callbacks,
                   struct control **ret_control, struct error *error)
{
    struct control *control = memory_take(1, sizeof *control);
    control->callbacks = *callbacks;
    const struct thread_job job = {.name = "huoyan-control",
                                   .stack_bytes = THREAD_STACK_SMALL,
                                   .run = run_control,
                                   .context = control};
    if (!open_control_listener(control, data_dir, error) ||
        !thread_start(&job, &control->thread, error)) {
        free_control(control);
        return false;
    }
    *ret_control = control;
    return true;
}

void control_stop(struct control *control)
{
    if (control == NULL) {
        return;
    }
    const uint64_t one = 1;
    CHECK(write(control->stop, &one, sizeof one) == sizeof one);
    CHECK(pthread_join(control->thread, NULL) == 0);
    (void) unlinkat(control->folder, socket_name, 0);
    free_control(control);
}

static bool connect_to_daemon(int fd, int folder, const char *data_dir, bool *ret_is_absent,
                              struct error *error)
{
    const struct sockaddr_un address = make_address(folder);
    if (connect(fd, (const struct sockaddr *) &address, sizeof address) == 0) {
        return true;
    }
    *ret_is_absent = errno == ENOENT || errno == ECONNREFUSED;
    return error_set_errno(error, errno, "cannot reach the gateway by '%s/%s'%s", data_dir,
                           socket_name,
                           errno == EACCES ? " (be root or the gateway's own user)" : "");
}

static bool exchange_lines(int fd, const char *request, char ret_answer[static CONTROL_LINE_MAX],
                           struct error *error)
{
    ssize_t length = write_socket_line(fd, request)
                         ? read_socket_line(fd, -1, ret_answer, CONTROL_LINE_MAX)
                         : -1;
    if (length < 0) {
        return error_set(error, "the gateway gave no answer within %d s; is this its own user?",
                         CONTROL_WAIT_MS / 1000);
    }
    ret_answer[length] = '\0';
    return true;
}

bool control_ask(const char *data_dir, const char *request,
                 char ret_answer[static CONTROL_LINE_MAX], bool *ret_is_absent, struct error *error)
{
    bool is_done = false;
    *ret_is_absent = false;
    int folder = open_data_dir(data_dir);
    if (folder < 0) {
        *ret_is_absent = errno == ENOENT;
        return error_set_errno(error, errno, "cannot open '%s'", data_dir);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        (void) error_set_errno(error, errno, "cannot make a socket");
    } else {
        is_done = connect_to_daemon(fd, folder, data_dir, ret_is_absent, error) &&
                  exchange_lines(fd, request, ret_answer, error);
    }
    close_if_open(fd);
    close_if_open(folder);
    return is_done;
}
