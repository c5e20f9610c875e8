#include "gateway/base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"

void *memory_take(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    CHECK(memory != NULL);
    return memory;
}

char *memory_copy(const char *string)
{
    char *copy = strdup(string);
    CHECK(copy != NULL);
    return copy;
}
