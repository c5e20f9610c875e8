#include "gateway/io/system/gzip.h"

#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST /* next_in is const: we do not write through it */
#include <zlib.h>

#include "gateway/base/memory.h"

struct gzip {
    z_stream stream;
};

enum {
    GZIP_FORMAT = 15 + 16, /* a window of 2^15, + 16: gzip and not zlib (zlib.h, deflateInit2) */
    LEVEL = 4,             /* three quarters of what level 9 saves at a fifth of its time */
    LEVEL_LARGE = 1,       /* a sixth larger than that, for three fifths of the time */
    MEMORY = 8,            /* zlib's default */
};

bool gzip_open(struct gzip **ret_gzip, struct error *error)
{
    struct gzip *gzip = memory_take(1, sizeof *gzip);
    if (deflateInit2(&gzip->stream, LEVEL, Z_DEFLATED, GZIP_FORMAT, MEMORY, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        free(gzip);
        return error_set(error, "no memory for gzip");
    }
    *ret_gzip = gzip;
    return true;
}

void gzip_close(struct gzip *gzip)
{
    if (gzip != NULL) {
        (void) deflateEnd(&gzip->stream);
        free(gzip);
    }
}

size_t gzip_bound(struct gzip *gzip, size_t length)
{
    return deflateBound(&gzip->stream, length);
}

size_t gzip_pack(struct gzip *gzip, const void *bytes, size_t length, void *to, size_t size)
{
    CHECK(length <= UINT_MAX && size <= UINT_MAX && size >= gzip_bound(gzip, length));
    int level = length < GZIP_LARGE ? LEVEL : LEVEL_LARGE;
    CHECK(deflateParams(&gzip->stream, level, Z_DEFAULT_STRATEGY) == Z_OK);
    gzip->stream.next_in = bytes;
    gzip->stream.avail_in = (uInt) length;
    gzip->stream.next_out = to;
    gzip->stream.avail_out = (uInt) size;
    CHECK(deflate(&gzip->stream, Z_FINISH) == Z_STREAM_END);
    size_t written = size - gzip->stream.avail_out;
    /* At once: deflateBound of a finished stream forgets the gzip header and answers too little. */
    CHECK(deflateReset(&gzip->stream) == Z_OK);
    return written;
}

bool gzip_unpack(const void *bytes, size_t length, void *to, size_t size, size_t *ret_length)
{
    if (length > UINT_MAX || size > UINT_MAX) {
        return false;
    }
    z_stream stream = {
        .next_in = bytes, .avail_in = (uInt) length, .next_out = to, .avail_out = (uInt) size};
    if (inflateInit2(&stream, GZIP_FORMAT) != Z_OK) {
        return false;
    }
    bool is_whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
    size_t written = size - stream.avail_out;
    (void) inflateEnd(&stream);
    if (is_whole) {
        *ret_length = written;
    }
    return is_whole;
}
