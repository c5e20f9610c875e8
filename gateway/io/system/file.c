#include "gateway/io/system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Less than `size` when the file became shorter. False: errno. */
static bool read_bytes(int fd, char *bytes, size_t size, size_t *ret_length)
{
    size_t length = 0;
    ssize_t count = 1;
    while (length < size && count != 0) {
        count = read(fd, bytes + length, size - length);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        length += count > 0 ? (size_t) count : 0;
    }
    *ret_length = length;
    return true;
}

static bool read_open(int fd, const char *path, size_t max, char **ret_bytes, size_t *ret_length,
                      struct error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return error_set(error, "'%s' is not a regular file", path);
    }
    size_t size = (size_t) status.st_size;
    if (size > max) {
        return error_set(error, "'%s' is longer than %zu bytes", path, max);
    }
    char *bytes = malloc(size + 1);
    CHECK(bytes != NULL);
    size_t length = 0;
    if (!read_bytes(fd, bytes, size, &length)) {
        int code = errno;
        free(bytes);
        return error_set_errno(error, code, "cannot read '%s'", path);
    }
    bytes[length] = '\0';
    *ret_bytes = bytes;
    if (ret_length != NULL) {
        *ret_length = length;
    }
    return true;
}

bool file_read(const char *path, size_t max, char **ret_bytes, size_t *ret_length,
               struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot open '%s'", path);
    }
    bool is_read = read_open(fd, path, max, ret_bytes, ret_length, error);
    (void) close(fd);
    return is_read;
}

bool file_write_all(int fd, const void *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t count = write(fd, (const char *) bytes + done, length - done);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? (size_t) count : 0;
    }
    return true;
}
