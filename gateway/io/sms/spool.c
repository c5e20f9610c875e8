#include "gateway/io/sms/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/io/system/file.h"

enum { PATH_BYTES = 512 };

/* DIRECTORY/NAME. False: too long. */
static bool join_path(const char *directory, const char *name, char to[static PATH_BYTES])
{
    int length = snprintf(to, PATH_BYTES, "%s/%s", directory, name);
    return length > 0 && length < PATH_BYTES;
}

/* The reading program may be another user: its group is the directory's. */
static bool open_to_reader(int fd, const char *directory)
{
    struct stat status;
    bool has_group = stat(directory, &status) == 0 && fchown(fd, (uid_t) -1, status.st_gid) == 0;
    return fchmod(fd, has_group ? 0660 : 0644) == 0;
}

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool is_synced = fsync(fd) == 0;
    int code = errno;
    (void) close(fd);
    errno = code;
    return is_synced;
}

static bool write_temp(const char *path, const char *directory, const void *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (fd < 0) {
        return false;
    }
    bool is_written =
        file_write_all(fd, bytes, length) && open_to_reader(fd, directory) && fsync(fd) == 0;
    int code = errno;
    bool is_closed = close(fd) == 0;
    errno = is_written ? errno : code;
    return is_written && is_closed;
}

bool spool_put(const char *temp, const char *directory, const char *name, const void *bytes,
               size_t length, struct error *error)
{
    char from[PATH_BYTES];
    char to[PATH_BYTES];
    if (!join_path(temp, name, from) || !join_path(directory, name, to)) {
        return error_set(error, "the path of '%s' is too long", directory);
    }
    if (!write_temp(from, directory, bytes, length)) {
        int code = errno;
        (void) unlink(from);
        return error_set_errno(error, code, "cannot write '%s'", from);
    }
    if (rename(from, to) != 0) {
        int code = errno;
        (void) unlink(from);
        return error_set_errno(error, code, "cannot move '%s' to '%s'", from, to);
    }
    /* The file is in place now and must not be written twice, so a failed sync of the directory is
     * not an error. */
    (void) sync_directory(directory);
    return true;
}

int64_t spool_read(const char *directory, const char *name, void *bytes, size_t size)
{
    char path[PATH_BYTES];
    errno = ENAMETOOLONG;
    int fd = join_path(directory, name, path)
                 ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;
    if (fd < 0) {
        return -1;
    }
    struct stat status;
    ssize_t count = -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        count = read(fd, bytes, size);
    }
    (void) close(fd);
    return count;
}

ms_t spool_written_at(const char *directory, const char *name)
{
    char path[PATH_BYTES];
    struct stat status;
    if (!join_path(directory, name, path) || lstat(path, &status) != 0 ||
        !S_ISREG(status.st_mode)) {
        return -1;
    }
    return status.st_mtim.tv_sec * MS_PER_SECOND + status.st_mtim.tv_nsec / 1000000;
}

bool spool_remove(const char *directory, const char *name)
{
    char path[PATH_BYTES];
    errno = ENAMETOOLONG;
    return join_path(directory, name, path) && unlink(path) == 0;
}

bool spool_list(const char *directory, void *context,
                void (*take)(void *context, const char *directory, const char *name))
{
    DIR *folder = opendir(directory);
    if (folder == NULL) {
        return false;
    }
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): safe in glibc, since each stream has one thread */
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] != '.') {
            take(context, directory, entry->d_name);
        }
    }
    (void) closedir(folder);
    return true;
}
