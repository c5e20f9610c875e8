/* build_sites.c - the sites: their areas and contacts. */
#include "config/sections/sections.h"

static void read_site(struct build *build, int32_t i)
{
    struct schema_view view = schema_view("/sites/*", build->sites.item[i]);
    struct policy_site *site = &build->site[i];
    *site = (struct policy_site){.id = build->sites.id[i],
                                 .name = schema_text_or(view, "name", ""),
                                 .kind = schema_text_or(view, "kind", "")};
    const struct json *area = schema_value(view, "area");
    site->area = build_refer(build, &build->areas, area);
    if (site->area >= 0 && build->area[site->area].level > 0) {
        reader_refuse(build->reader, area,
                      "'%s' is of level '%s': a site must lie in an area of the lowest level, '%s'",
                      area->string, build->policy->level_id[build->area[site->area].level],
                      build->policy->level_id[0]);
    }
    site->contact_count =
        build_refer_all(build, view, "contacts", &build->people, site->contact, DUTY_MAX);
}

void build_sites(struct build *build)
{
    build->sites = build_ids(build, "sites", "site", SITES_MAX);
    build->site = arena_take(build->arena, (size_t) build->sites.count, sizeof *build->site);
    for (int32_t i = 0; i < build->sites.count; i++) {
        read_site(build, i);
    }
    build->policy->site_count = build->sites.count;
    build->policy->site = build->site;
}
