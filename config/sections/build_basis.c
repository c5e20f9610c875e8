/* build_basis.c - warns once a file that the basis of a rule has no effect yet. */
#include <string.h>

#include "config/build/shipped_files.h"
#include "config/sections/sections.h"

/* The basis of a shipped rule is documentation, wherever the rule was copied to. */
static bool is_shipped_basis(const char *text)
{
    for (int i = 0; i < shipped_rules_count; i++) {
        if (strstr(shipped_rules[i].bytes, text) != NULL) {
            return true;
        }
    }
    return false;
}

void build_basis(struct build *build)
{
    int32_t warned_file = -1; /* the items of one file stand together */
    for (int32_t i = 0; i < build->rules.count; i++) {
        struct schema_view rule = schema_view("/rules/*", build->rules.item[i]);
        const struct json *basis = schema_value(rule, "basis");
        const struct json *text = schema_value(schema_inside(rule, "basis"), "text");
        if (text == NULL || is_shipped_basis(text->string)) {
            continue;
        }
        int32_t file = reader_find_file(build->reader, basis);
        if (file != warned_file) {
            reader_warn(
                build->reader, basis,
                "has no effect yet: it is a note for readers of this file (said once a file)");
            warned_file = file;
        }
    }
}
