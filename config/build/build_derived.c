/* build_derived.c - defaults that depend on other values, noted for config_print. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/build/build.h"

enum { DERIVED_BYTES = 400 }; /* ids and spans of all levels, or a name of 60 bytes, escaped */

void build_derive(struct build *build, struct schema_view view, const char *key, const char *format,
                  ...)
{
    struct config_source *source = build->source;
    source->derived = arena_grow(build->reader->trees, source->derived, source->derived_count,
                                 &source->derived_max, sizeof *source->derived);
    char text[DERIVED_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    source->derived[source->derived_count++] = (struct build_derived){
        view.object, schema_find(view.row, key), arena_copy(build->reader->trees, text)};
}

static int compare_derived(const void *a, const void *b)
{
    const struct build_derived *one = a;
    const struct build_derived *other = b;
    if (one->object != other->object) {
        return (uintptr_t) one->object < (uintptr_t) other->object ? -1 : 1;
    }
    return (one->row > other->row) - (one->row < other->row);
}

void build_sort_derived(struct config_source *source)
{
    if (source->derived_count > 0) {
        qsort(source->derived, (size_t) source->derived_count, sizeof *source->derived,
              compare_derived);
    }
}

const char *build_derived_text(const struct config_source *source, const struct json *object,
                               const struct schema_row *row)
{
    if (source->derived_count == 0) {
        return NULL;
    }
    struct build_derived wanted = {object, row, NULL};
    const struct build_derived *found = bsearch(
        &wanted, source->derived, (size_t) source->derived_count, sizeof wanted, compare_derived);
    return found == NULL ? NULL : found->text;
}
