#include "sensors/simulator/simulator_listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/base/parse.h"

enum { BACKLOG = 1024, HOST_MAX = 64 };

bool sim_listener_parse(const char *text, struct tcp_address *ret_address)
{
    char host[HOST_MAX];
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    if (colon == NULL || !parse_int(colon + 1, 0, 65535, &port)) {
        return false;
    }
    size_t length = (size_t) (colon - text);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length >= sizeof host) {
        return false;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    return tcp_parse(host, (uint16_t) port, ret_address);
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage storage = {0};
    socklen_t length = sizeof storage;
    if (getsockname(fd, (struct sockaddr *) &storage, &length) != 0) {
        return 0;
    }
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, &storage, sizeof v4);
    memcpy(&v6, &storage, sizeof v6);
    return ntohs(storage.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

static void set_port(struct tcp_address *address, uint16_t port)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->storage.ss_family == AF_INET6) {
        memcpy(&v6, &address->storage, sizeof v6);
        v6.sin6_port = htons(port);
        memcpy(&address->storage, &v6, sizeof v6);
    } else {
        memcpy(&v4, &address->storage, sizeof v4);
        v4.sin_port = htons(port);
        memcpy(&address->storage, &v4, sizeof v4);
    }
}

static bool bind_and_listen(int fd, const struct tcp_address *address)
{
    int yes = 1;
    struct sockaddr_storage storage = address->storage;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           bind(fd, (struct sockaddr *) &storage, address->length) == 0 && listen(fd, BACKLOG) == 0;
}

bool sim_listener_listen(const char *address, uint16_t port, int *ret_fd, uint16_t *ret_port,
                         struct error *error)
{
    struct tcp_address parsed;
    if (!sim_listener_parse(address, &parsed)) {
        return error_set(error, "'%s' is no address to listen on: write '127.0.0.1:15020'",
                         address);
    }
    if (port != 0) {
        set_port(&parsed, port);
    }
    int fd = socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || !bind_and_listen(fd, &parsed)) {
        int code = errno;
        if (fd >= 0) {
            (void) close(fd);
        }
        if (code == EADDRINUSE) {
            return error_set(error, "cannot listen on '%s': another program does already", address);
        }
        return error_set_errno(error, code, "cannot listen on '%s'", address);
    }
    *ret_fd = fd;
    *ret_port = port_of(fd);
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
    if (pty->slave >= 0) {
        (void) close(pty->slave);
    }
}

static bool open_pair(struct sim_pty *ret_pty)
{
    struct sim_pty pty = {.slave = -1};
    pty.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty.master >= 0 && grantpt(pty.master) == 0 && unlockpt(pty.master) == 0 &&
        ptsname_r(pty.master, pty.path, sizeof pty.path) == 0) {
        pty.slave = open(pty.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (pty.slave < 0 || !make_raw(pty.slave)) {
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

/* A socket file that nobody answers on is left over. */
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
