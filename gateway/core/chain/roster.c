#include "gateway/core/chain/roster.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"

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
    (void) snprintf(member->id, sizeof member->id, "%s", from->id);
    (void) snprintf(member->phone, sizeof member->phone, "%s", from->phone);
    (void) snprintf(member->name, sizeof member->name, "%s", from->name);
    utf8_trim(member->name);
}

void roster_fill(const struct policy *policy, int32_t site, int32_t area, struct incident *incident)
{
    incident->member_count = 0;
    if (site >= 0) {
        const struct policy_site *place = &policy->site[site];
        for (int32_t i = 0; i < place->contact_count; i++) {
            add_member(policy, incident, LEVEL_CONTACT, place->contact[i]);
        }
    }
    /* Counted, so that areas in a ring end too. */
    for (int32_t step = 0; area >= 0 && step < policy->area_count; step++) {
        const struct policy_area *here = &policy->area[area];
        for (int32_t i = 0; i < here->duty_count; i++) {
            add_member(policy, incident, here->level, here->duty[i]);
        }
        area = here->parent;
    }
}

int32_t roster_top_area(const struct policy *policy)
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

static int32_t level_of(const struct chain_member *member)
{
    return member->level;
}

int32_t roster_next_level(const struct incident *incident, int32_t level)
{
    int32_t next = -1;
    for (int32_t i = 0; i < incident->member_count; i++) {
        int32_t of_member = level_of(&incident->member[i]);
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
