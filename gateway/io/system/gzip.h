/* gzip.h - the only user of zlib: one buffer in, one gzip member (RFC 1952) out.
 *
 * The compressor's 256 kB are taken once and used again for every batch. One struct belongs to one
 * thread. */
#pragma once

#include <stddef.h>

#include "gateway/base/error.h"

/* Bytes; above it speed matters more than size: thousands of lines at once. */
enum { GZIP_LARGE = 32 * 1024 };

struct gzip;

MUST_CHECK bool gzip_open(struct gzip **ret_gzip, struct error *error);
void gzip_close(struct gzip *gzip); /* NULL is allowed */

/* How many bytes gzip_pack may need for `length` bytes, whatever they are. */
size_t gzip_bound(struct gzip *gzip, size_t length);

/* Packs `length` bytes into `to`, which has gzip_bound of them. Returns the bytes written. */
size_t gzip_pack(struct gzip *gzip, const void *bytes, size_t length, void *to, size_t size);

/* Unpacks one member. False: it is not gzip, is damaged, or does not fit. */
MUST_CHECK bool gzip_unpack(const void *bytes, size_t length, void *to, size_t size,
                            size_t *ret_length);
