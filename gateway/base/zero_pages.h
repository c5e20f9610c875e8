/* zero_pages.h - large arrays that are mostly empty: queues for the worst hour, windows of a day.
 *
 * Their memory comes directly from the system and is zero without being written, so unused pages
 * cost nothing. malloc might reuse old memory and clear all of it. Only for arrays of several
 * pages. */
#pragma once

#include <stddef.h>

/* Zeroed; `size` at least 1. A lack of memory stops the process: call it at start only. */
void *zero_pages_take(size_t size);

/* The same size; NULL is allowed. */
void zero_pages_free(void *pages, size_t size);
