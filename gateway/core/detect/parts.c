#include "gateway/core/detect/parts.h"

#include <string.h>

#include "gateway/base/text.h"

/* Links are sorted by id. Returns the place where the id is or would be. */
static int32_t find_link_place(const struct parts *parts, const char *id)
{
    int32_t low = 0;
    int32_t high = parts->link_count;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (strcmp(parts->item[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_link_at(const struct parts *parts, int32_t place, const char *id)
{
    return place < parts->link_count && strcmp(parts->item[place].id, id) == 0;
}

static void insert_link(struct parts *parts, const char *id)
{
    int32_t place = find_link_place(parts, id);
    if (is_link_at(parts, place, id)) {
        return;
    }
    memmove(&parts->item[place + 1], &parts->item[place],
            (size_t) (parts->link_count - place) * sizeof parts->item[0]);
    parts->item[place] = (struct part_memory){.part = HEALTH_LINK};
    text_copy(parts->item[place].id, sizeof parts->item[place].id, id);
    parts->link_count++;
}

static void build_on_link(struct engine *engine, struct parts *parts, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    struct index on_link = index_new(arena, parts->link_count);
    for (int32_t i = 0; i < policy->device_count; i++) {
        engine->device[i].part = find_link_place(parts, policy->device[i].link);
        index_count(&on_link, engine->device[i].part);
    }
    index_reserve(&on_link, arena, parts->link_count);
    for (int32_t i = 0; i < policy->device_count; i++) {
        index_add(&on_link, engine->device[i].part, i);
    }
    parts->on_link = on_link;
}

void parts_build(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    size_t max = (size_t) parts_max(policy);
    struct parts *parts = arena_take(arena, 1, sizeof *parts);
    parts->item = arena_take(arena, max, sizeof *parts->item);
    parts->text = arena_take(arena, max, sizeof *parts->text);
    for (int32_t i = 0; i < policy->device_count; i++) {
        insert_link(parts, policy->device[i].link);
    }
    parts->count = parts->link_count;
    build_on_link(engine, parts, arena);
    engine->parts = parts;
}

int32_t parts_find(struct engine *engine, enum health_part kind, const char *id)
{
    struct parts *parts = engine->parts;
    int32_t place = find_link_place(parts, id);
    if (kind == HEALTH_LINK && is_link_at(parts, place, id)) {
        return place;
    }
    for (int32_t i = parts->link_count; i < parts->count; i++) {
        if (parts->item[i].part == kind && strcmp(parts->item[i].id, id) == 0) {
            return i;
        }
    }
    if (parts->count == parts_max(engine->policy)) {
        return -1;
    }
    struct part_memory *part = &parts->item[parts->count];
    *part = (struct part_memory){.part = kind};
    text_copy(part->id, sizeof part->id, id);
    return parts->count++;
}
