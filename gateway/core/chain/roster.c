#include "gateway/core/chain/roster.h"

#include <string.h>

#include "gateway/base/text.h"

static bool has_member(const struct incident *incident, int32_t level, int32_t person)
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (incident->member[i].level == level && incident->member[i].person == person) {
            return true;
        }
    }
    return false;
}

static void add_member(const struct policy *policy, struct incident *incident, int32_t level,
                       int32_t person)
{
    if (incident->member_count == CHAIN_MAX || has_member(incident, level, person)) {
        return;
    }
    const struct policy_person *from = &policy->person[person];
    struct chain_member *member = &incident->member[incident->member_count++];
    *member = (struct chain_member){.level = (int8_t) level, .person = person};
    text_copy(member->id, sizeof member->id, from->id);
    text_copy(member->phone, sizeof member->phone, from->phone);
    text_copy(member->name, sizeof member->name, from->name);
}

/* -1: there is no area. */
static int32_t find_top_area(const struct policy *policy)
{
    int32_t top = -1;
    for (int32_t i = 0; i < policy->area_count; i++) {
        if (policy->area[i].parent < 0 &&
            (top < 0 || policy->area[i].level > policy->area[top].level)) {
            top = i;
        }
    }
    return top;
}

void roster_fill(const struct policy *policy, int32_t site, struct incident *incident)
{
    int32_t area = site < 0 ? find_top_area(policy) : policy->site[site].area;
    incident->member_count = 0;
    if (site >= 0) {
        const struct policy_site *place = &policy->site[site];
        for (int32_t i = 0; i < place->contact_count; i++) {
            add_member(policy, incident, LEVEL_CONTACT, place->contact[i]);
        }
    }
    /* Counted: parents that form a ring end the loop too. */
    for (int32_t step = 0; area >= 0 && step < policy->area_count; step++) {
        const struct policy_area *here = &policy->area[area];
        for (int32_t i = 0; i < here->duty_count; i++) {
            add_member(policy, incident, here->level, here->duty[i]);
        }
        area = here->parent;
    }
}

int32_t roster_next_level(const struct incident *incident, int32_t level)
{
    int8_t next = -1;
    for (int32_t i = 0; i < incident->member_count; i++) {
        int8_t of_member = incident->member[i].level;
        if (of_member >= 0 && of_member > level && (next < 0 || of_member < next)) {
            next = of_member;
        }
    }
    return next;
}

int32_t roster_first_level(const struct incident *incident, int32_t tell)
{
    int32_t first = roster_next_level(incident, LEVEL_CONTACT);
    for (int32_t next = first; next >= 0 && next <= tell;
         next = roster_next_level(incident, next)) {
        first = next;
    }
    return first;
}

static bool is_marked(const struct incident *incident, const bool *marks, const char *phone)
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (marks[i] && strcmp(incident->member[i].phone, phone) == 0) {
            return true;
        }
    }
    return false;
}

int32_t roster_mark(const struct incident *incident, int32_t low, int32_t high,
                    bool marks[static CHAIN_MAX])
{
    int32_t count = 0;
    memset(marks, 0, CHAIN_MAX * sizeof marks[0]);
    for (int32_t i = incident->member_count - 1; i >= 0; i--) {
        const struct chain_member *member = &incident->member[i];
        marks[i] = member->level >= low && member->level <= high &&
                   !is_marked(incident, marks, member->phone);
        count += marks[i] ? 1 : 0;
    }
    return count;
}

void roster_unmark(const struct incident *incident, const bool others[static CHAIN_MAX],
                   bool marks[static CHAIN_MAX])
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (marks[i] && is_marked(incident, others, incident->member[i].phone)) {
            marks[i] = false;
        }
    }
}

int32_t roster_find_phone(const struct incident *incident, const char *phone, int32_t level)
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (incident->member[i].level >= level && strcmp(incident->member[i].phone, phone) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t roster_find_id(const struct incident *incident, const char *id)
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (strcmp(incident->member[i].id, id) == 0) {
            return i;
        }
    }
    return -1;
}

int8_t roster_level_of(const struct incident *incident, const char *id)
{
    int8_t level = LEVEL_CONTACT;
    for (int32_t i = 0; i < incident->member_count; i++) {
        const struct chain_member *member = &incident->member[i];
        if (member->level > level && strcmp(member->id, id) == 0) {
            level = member->level;
        }
    }
    return level;
}

int32_t roster_next_with_phone(const struct incident *incident, const char *phone, int32_t after)
{
    for (int32_t i = after + 1; i < incident->member_count; i++) {
        const struct chain_member *member = &incident->member[i];
        if (strcmp(member->phone, phone) == 0 && roster_find_id(incident, member->id) == i) {
            return i;
        }
    }
    return -1;
}

bool roster_set_flag(struct incident *incident, const char *phone, enum roster_flag flag,
                     bool value)
{
    bool has_changed = false;
    for (int32_t i = 0; i < incident->member_count; i++) {
        struct chain_member *member = &incident->member[i];
        bool *own = flag == ROSTER_TOLD ? &member->was_told : &member->knows_recovery;
        if (*own != value && strcmp(member->phone, phone) == 0) {
            *own = value;
            has_changed = true;
        }
    }
    return has_changed;
}

void roster_unmark_untold(const struct incident *incident, bool marks[static CHAIN_MAX])
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        const struct chain_member *member = &incident->member[i];
        marks[i] = marks[i] && member->was_told && !member->knows_recovery;
    }
}

void roster_adopt(const struct policy *policy, struct incident *incident)
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        incident->member[i].person = policy_find_person(policy, incident->member[i].id);
    }
}

void roster_names(const struct incident *incident, int32_t level, const char *phone,
                  char names[static WHO_MAX])
{
    struct text text = text_over(names, WHO_MAX);
    for (int32_t i = 0; i < incident->member_count; i++) {
        const struct chain_member *member = &incident->member[i];
        if (member->level == level && strcmp(member->phone, phone) == 0) {
            text_add(&text, "%s%s", text.length == 0 ? "" : "、", member->name);
        }
    }
}

const char *roster_level_name(const struct policy *policy, int32_t level)
{
    return level >= 0 && level < policy->level_count ? policy->level_name[level] : "";
}

void roster_who(const struct policy *policy, const struct incident *incident, int32_t level,
                char who[static WHO_MAX])
{
    int32_t count = 0;
    const char *first = "";
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (incident->member[i].level == level) {
            first = count == 0 ? incident->member[i].name : first;
            count++;
        }
    }
    struct text text = text_over(who, WHO_MAX);
    text_add(&text, "%s%s", roster_level_name(policy, level), first);
    if (count > 1) {
        text_add(&text, "等%d人", (int) count);
    }
}
