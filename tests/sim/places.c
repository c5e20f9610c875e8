#include "tests/sim/places.h"

#include <stdio.h>

static void add_town_areas(struct town *town)
{
    static const char *const grids[] = {"g1", "g2", "g3"};
    static const char *const villages[] = {"v1", "v1", "v2"};
    town_add_area(town, "t", "town", "李渡镇", "");
    town_add_area(town, "v1", "village", "桂桥村", "t");
    town_add_area(town, "v2", "village", "石桥村", "t");
    town_add_duty(town, "t", "p0");
    town_add_duty(town, "v1", "p1");
    town_add_duty(town, "v2", "p2");
    town_add_duty(town, "v2", "p3");
    for (int i = 0; i < 3; i++) {
        town_add_area(town, grids[i], "grid", "网格", villages[i]);
    }
    town_add_duty(town, "g1", "p4");
    town_add_duty(town, "g1", "p5"); /* shares its phone with p4; nobody is on duty in g2 */
    town_add_duty(town, "g3", "p6");
}

static void add_town_devices(struct town *town)
{
    static const char *const sites[] = {"s1", "s2", "s3", "s4"};
    static const char *const areas[] = {"g1", "g2", "g3", "v1"};
    for (int i = 0; i < DEVICES; i++) {
        char id[16];
        (void) snprintf(id, sizeof id, "d%d", i);
        if (i % 2 == 0) {
            town_add_site(town, sites[i / 2], "烟花爆竹仓库", areas[i / 2]);
        }
        if (i == 2) {
            town_add_contact(town, sites[i / 2], "p6");
            (void) town_add_output(town, "siren", "警笛", SEVERITY_CRITICAL);
        }
        if (i == 4) {
            struct policy_output *beacon = town_add_output(town, "beacon", "警灯", SEVERITY_NOTICE);
            beacon->is_until_acked = false;
            beacon->level = 1;
        }
        town_add_device(town, id, "东墙温湿度", i < 5 ? "bus1" : "bus2", ROUND_MS);
        (void) town_add_point(town, "temperature", "degC", 1, 3 * (ms_t) ROUND_MS + 1000);
        (void) town_add_point(town, "humidity", "%RH", 1, 3 * (ms_t) ROUND_MS + 1000);
    }
}

static void add_town_rules(struct town *town)
{
    struct policy_rule *hot =
        town_add_rule(town, "hot", SEVERITY_MINOR, "temperature", "value >= 40", "value < 39");
    hot->hold_ms = 2 * MS_PER_MINUTE;
    hot->clear_hold_ms = 3 * MS_PER_MINUTE;
    (void) town_add_rule(town, "fire", SEVERITY_CRITICAL, "temperature", "value >= 55", NULL);
    struct policy_rule *wet = town_add_rule(town, "wet", SEVERITY_MAJOR, "humidity",
                                            "value > 85 and temperature > 20", "value < 80");
    wet->is_latched = true;
    wet->hold_ms = MS_PER_MINUTE;
    (void) town_add_rule(town, "warm", SEVERITY_NOTICE, "temperature", "avg(value, 1h) > 36",
                         "avg(value, 1h) < 35");
}

struct town *places_build(uint64_t seed)
{
    const char *const phones[PEOPLE] = {"13800000000", "13800000001", "13800000002", "13800000003",
                                        "13800000004", "13800000004", "13800000006"};
    struct town *town = town_new();
    for (int i = 0; i < PEOPLE; i++) {
        char id[16];
        (void) snprintf(id, sizeof id, "p%d", i);
        town_add_person(town, id, "欧阳某", phones[i]);
    }
    add_town_areas(town);
    add_town_devices(town);
    add_town_rules(town);
    town->policy.escalation[SEVERITY_MINOR].repeat_ms = 30 * MS_PER_MINUTE;
    town->policy.escalation[SEVERITY_NOTICE].repeat_ms = 0;
    town->policy.settle_ms = seed % 2 == 0 ? 0 : MS_PER_MINUTE;
    town->policy.group_wait_ms = seed % 4 < 2 ? 0 : 15 * MS_PER_SECOND;
    (void) town_finish(town);
    return town;
}
