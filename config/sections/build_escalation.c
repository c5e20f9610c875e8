/* build_escalation.c - the times of the chain, one set a severity. */
#include "config/sections/sections.h"

/* The defaults name the default levels. With other levels their position counts. */
static int32_t find_default_level(const struct build *build, const char *id, int32_t position)
{
    int32_t last = build->levels.count - 1;
    int32_t level = build_find(&build->levels, id);
    return level >= 0 ? level : position < last ? position : last;
}

static void read_tell(struct build *build, struct schema_view view,
                      struct policy_escalation *escalation)
{
    bool is_default = schema_value(view, "tell") == NULL;
    struct reader_items items = schema_items(build->scratch, view, "tell");
    for (int32_t i = 0; i < items.count; i++) {
        const struct json *item = items.item[i];
        int32_t level = is_default ? find_default_level(build, item->string, i)
                                   : build_refer(build, &build->levels, item);
        if (level >= 0 && level != i && !is_default) {
            reader_refuse(build->reader, item,
                          "'tell' lists the levels from the lowest up: '%s' must stand here",
                          i < build->levels.count ? build->levels.id[i] : "nothing");
        }
        escalation->tell = level > escalation->tell ? level : escalation->tell;
    }
}

static void read_silence(struct build *build, struct schema_view view,
                         struct policy_escalation *escalation)
{
    struct schema_view none = {NULL, view.row};
    struct reader_items defaults = schema_items(build->scratch, none, "silence");
    for (int32_t i = 0; i < LEVELS_MAX; i++) {
        int32_t position = i < defaults.count ? i : defaults.count - 1;
        bool is_span = parse_duration(defaults.item[position]->string, &escalation->silence_ms[i]);
        CHECK(is_span);
    }
    const struct json *given = schema_value(view, "silence");
    struct reader_items items = schema_items(build->scratch, view, "silence");
    for (int32_t i = 0; given != NULL && i < items.count; i++) {
        int32_t level = build_refer_id(build, &build->levels, items.item[i], items.item[i]->key);
        ms_t span = 0;
        if (level >= 0 && parse_duration(items.item[i]->string, &span)) {
            escalation->silence_ms[level] = span;
        }
    }
}

/* Notes 'tell' and 'silence' of all levels for config_print. */
static void derive_levels(struct build *build, struct schema_view view,
                          const struct policy_escalation *escalation)
{
    char tell_bytes[LEVELS_MAX * 72]; /* an id, a span and marks each */
    char silence_bytes[LEVELS_MAX * 72];
    struct text tell = text_over(tell_bytes, sizeof tell_bytes);
    struct text silence = text_over(silence_bytes, sizeof silence_bytes);
    for (int32_t i = 0; i < build->levels.count; i++) {
        char span[24];
        format_duration(escalation->silence_ms[i], span);
        text_add(&silence, "%s\"%s\": \"%s\"", i == 0 ? "" : ", ", build->levels.id[i], span);
        if (i <= escalation->tell) {
            text_add(&tell, "%s\"%s\"", i == 0 ? "" : ", ", build->levels.id[i]);
        }
    }
    build_derive(build, view, "tell", "[%s]", tell_bytes);
    build_derive(build, view, "silence", "{%s}", silence_bytes);
}

void build_escalation(struct build *build)
{
    struct policy *policy = build->policy;
    struct schema_view view =
        schema_view("/escalation", reader_section(build->reader, "escalation"));
    policy->group_wait_ms = schema_span(view, "group_wait");
    policy->settle_ms = schema_span(view, "settle");
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        struct schema_view inside = schema_inside(view, severity_name((enum severity) i));
        struct policy_escalation *escalation = &policy->escalation[i];
        read_tell(build, inside, escalation);
        read_silence(build, inside, escalation);
        derive_levels(build, inside, escalation);
        escalation->repeat_ms = schema_span(inside, "repeat");
        escalation->arrive_ms = schema_span(inside, "arrive");
    }
}
