#include "gateway/base/zero_pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "gateway/base/check.h"

/* The address sanitizer guards and searches malloc's memory only. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_GUARDED 1
#endif
#endif

void *zero_pages_take(size_t size)
{
    CHECK(size > 0);
#ifdef IS_GUARDED
    void *pages = calloc(1, size);
    CHECK(pages != NULL);
#else
    /* cppcheck-suppress invalidFunctionArg ; 2.10 refuses the -1 that MAP_ANONYMOUS wants */
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
#endif
    return pages;
}

void zero_pages_free(void *pages, size_t size)
{
#ifdef IS_GUARDED
    (void) size;
    free(pages);
#else
    CHECK(pages == NULL || munmap(pages, size) == 0);
#endif
}
