/* config_fuzz.c - one file of a config: text, schema, cross-checks, expressions, and its print read
 * again. */
#include "config/config.h"

#include <stdint.h>

#include "config/config_steps.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct config_problems problems;
    struct arena *arena = arena_new();
    struct reader *reader = reader_new(arena, "/nonexistent", &problems);
    reader_add_text(reader, "huoyan.json", (const char *) bytes, length);
    const struct config *config = NULL;
    if (build_config(arena, reader, &config)) {
        struct text text = text_growing(JSON_BYTES_MAX);
        config_print(config, &text);
        text_free(&text);
    }
    CHECK((config == NULL) == (problems.error_count > 0));
    arena_free(arena);
    return 0;
}
