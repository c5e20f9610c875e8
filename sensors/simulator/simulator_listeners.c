#include "sensors/simulator/simulator_listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/base/net_address.h"

enum { BACKLOG = 1024 };

bool sim_listener_listen(const char *address, uint16_t port, int *ret_fd, uint16_t *ret_port,
                         struct error *error)
{
    struct net_address parsed;
    if (!net_address_parse(address, 0, &parsed)) {
        return error_set(error, "'%s' is no address to listen on: write '127.0.0.1:15020'",
                         address);
    }
    if (port != 0) {
        net_address_set_port(&parsed, port);
    }
    int fd = net_address_listen(&parsed, BACKLOG);
    if (fd < 0 && errno == EADDRINUSE) {
        return error_set(error, "cannot listen on '%s': another program does already", address);
    }
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot listen on '%s'", address);
    }
    *ret_fd = fd;
    *ret_port = net_address_bound_port(fd);
    return true;
}

static bool make_raw(int fd)
{
    struct termios raw;
    if (tcgetattr(fd, &raw) != 0) {
        return false;
    }
    cfmakeraw(&raw);
    return tcsetattr(fd, TCSANOW, &raw) == 0;
}

static bool place_link(const char *target, const char *link, struct error *error)
{
    struct stat there;
    if (lstat(link, &there) == 0) {
        if (!S_ISLNK(there.st_mode)) {
            return error_set(error, "'%s' is there already and is no symbolic link: remove it",
                             link);
        }
        (void) unlink(link);
    }
    if (symlink(target, link) != 0) {
        return error_set_errno(error, errno, "cannot make the symbolic link '%s'", link);
    }
    return true;
}

void sim_listener_close_pty(const struct sim_pty *pty)
{
    if (pty->master >= 0) {
        (void) close(pty->master);
    }
    if (pty->device >= 0) {
        (void) close(pty->device);
    }
}

static bool open_pair(struct sim_pty *ret_pty)
{
    struct sim_pty pty = {.device = -1};
    pty.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty.master >= 0 && grantpt(pty.master) == 0 && unlockpt(pty.master) == 0 &&
        ptsname_r(pty.master, pty.path, sizeof pty.path) == 0) {
        pty.device = open(pty.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (pty.device < 0 || !make_raw(pty.device)) {
        int code = errno;
        sim_listener_close_pty(&pty);
        errno = code;
        return false;
    }
    *ret_pty = pty;
    return true;
}

bool sim_listener_open_pty(const char *link, const char *other, struct sim_pty *ret_pty,
                           struct error *error)
{
    struct sim_pty pty;
    struct sim_pty second;
    if (!open_pair(&pty)) {
        return error_set_errno(error, errno, "the system gives no pty for '%s'", link);
    }
    if (strcmp(pty.path, other) == 0 && open_pair(&second)) {
        sim_listener_close_pty(&pty);
        pty = second;
    }
    if (link[0] != '\0' && !place_link(pty.path, link, error)) {
        sim_listener_close_pty(&pty);
        return false;
    }
    *ret_pty = pty;
    return true;
}

/* A socket file without a listener is left over from a dead process. */
static void remove_dead(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    struct sockaddr_un copy = *address;
    if (connect(fd, (struct sockaddr *) &copy, sizeof copy) != 0 && errno == ECONNREFUSED) {
        (void) unlink(address->sun_path);
    }
    (void) close(fd);
}

bool sim_listener_listen_unix(const char *path, int *ret_fd, struct error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return error_set(error, "the control socket's path '%s' is too long", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    remove_dead(&address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int code = errno;
        if (fd >= 0) {
            (void) close(fd);
        }
        return error_set_errno(error, code, "cannot open the control socket '%s'", path);
    }
    *ret_fd = fd;
    return true;
}
