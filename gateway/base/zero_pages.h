/* zero_pages.h - large arrays that are mostly empty: queues made for the worst hour, windows of a day.
 *
 * Their memory comes from the system itself. It is zero without being written, so that what nobody uses of it costs
 * nothing; malloc may have old memory that fits, and clears all of it. Not for less than some pages: it takes whole ones. */
#pragma once

#include <stddef.h>

/* Zeroed; `size` at least 1. No memory stops the process, as with an arena: start-up is the only time. */
void *zero_pages_take(size_t size);

/* The same size; NULL is allowed. */
void zero_pages_free(void *pages, size_t size);
