#include "gateway/io/system/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/memory.h"

struct lockfile {
    int fd;
};

/* The holder of the lock has written its pid; other content is ignored. */
static bool say_who_holds(const char *data_dir, int fd, struct error *error)
{
    char pid[24] = "";
    ssize_t length = pread(fd, pid, sizeof pid - 1, 0);
    size_t digits = length > 0 ? strspn(pid, "0123456789") : 0;
    pid[digits] = '\0';
    return error_set(error, "'%s' is in use by huoyan, process %s; stop it first", data_dir,
                     digits > 0 ? pid : "unknown");
}

static void write_pid(int fd)
{
    char pid[24];
    int length = snprintf(pid, sizeof pid, "%ld\n", (long) getpid());
    /* Only an error message uses the pid, so a full disk must not prevent the start. */
    bool is_written = ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t) length, 0) == length;
    if (!is_written && ftruncate(fd, 0) != 0) {
        return; /* the file may show an old pid; the lock holds all the same */
    }
}

bool lockfile_take(const char *data_dir, struct lockfile **ret_lockfile, struct error *error)
{
    if (mkdir(data_dir, 0700) != 0 && errno != EEXIST) {
        return error_set_errno(error, errno, "cannot make the data directory '%s'", data_dir);
    }
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/lock", data_dir) >= (int) sizeof path) {
        return error_set(error, "the path of data_dir is too long: '%s'", data_dir);
    }
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot open '%s'", path);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void) (errno == EWOULDBLOCK ? say_who_holds(data_dir, fd, error)
                                     : error_set_errno(error, errno, "cannot lock '%s'", path));
        (void) close(fd);
        return false;
    }
    write_pid(fd);
    struct lockfile *lockfile = memory_take(1, sizeof *lockfile);
    lockfile->fd = fd;
    *ret_lockfile = lockfile;
    return true;
}

void lockfile_release(struct lockfile *lockfile)
{
    if (lockfile != NULL) {
        (void) close(lockfile->fd);
        free(lockfile);
    }
}
