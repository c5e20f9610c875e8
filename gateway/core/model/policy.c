#include "gateway/core/model/policy.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(offsetof(struct policy_site, id) == 0 && offsetof(struct policy_device, id) == 0 &&
                  offsetof(struct policy_point, id) == 0 && offsetof(struct policy_rule, id) == 0 &&
                  offsetof(struct policy_person, id) == 0,
              "find_id reads the id where an item begins");

/* Finds the item from `first` on whose id is the first `length` bytes of `id`; -1: none. Each item
 * of `size` bytes begins with its id. */
static int32_t find_id(const void *items, size_t size, int32_t first, int32_t count, const char *id,
                       size_t length)
{
    for (int32_t i = first; i < first + count; i++) {
        const void *item = (const char *) items + (size_t) i * size;
        const char *const *known = item;
        if (strncmp(*known, id, length) == 0 && (*known)[length] == '\0') {
            return i;
        }
    }
    return -1;
}

static int32_t find_site(const struct policy *policy, const char *id, size_t length)
{
    return find_id(policy->site, sizeof *policy->site, 0, policy->site_count, id, length);
}

static int32_t find_device_in_site(const struct policy *policy, int32_t site, const char *id,
                                   size_t length)
{
    const struct policy_site *of = &policy->site[site];
    return find_id(policy->device, sizeof *policy->device, of->first_device, of->device_count, id,
                   length);
}

/* "site/device/key" is looked up part by part: a restart brings thousands of ids, too many for a
 * walk through 100,000 points each. */
int32_t policy_find_point(const struct policy *policy, const char *id)
{
    const char *site_end = strchr(id, '/');
    const char *device_end = site_end == NULL ? NULL : strchr(site_end + 1, '/');
    if (device_end == NULL) {
        return -1;
    }
    int32_t site = find_site(policy, id, (size_t) (site_end - id));
    if (site < 0) {
        return -1;
    }
    size_t length = (size_t) (device_end - site_end - 1);
    int32_t device = find_device_in_site(policy, site, site_end + 1, length);
    if (device < 0) {
        return -1;
    }
    const struct policy_device *of = &policy->device[device];
    return find_id(policy->point, sizeof *policy->point, of->first_point, of->point_count, id,
                   strlen(id));
}

int32_t policy_find_device(const struct policy *policy, const char *id)
{
    const char *site_end = strchr(id, '/');
    int32_t site = site_end == NULL ? -1 : find_site(policy, id, (size_t) (site_end - id));
    return site < 0 ? -1 : find_device_in_site(policy, site, site_end + 1, strlen(site_end + 1));
}

int32_t policy_find_person(const struct policy *policy, const char *id)
{
    return find_id(policy->person, sizeof *policy->person, 0, policy->person_count, id, strlen(id));
}

int32_t policy_find_phone(const struct policy *policy, const char *phone)
{
    for (int32_t i = 0; i < policy->person_count; i++) {
        if (strcmp(policy->person[i].phone, phone) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t policy_find_site(const struct policy *policy, const char *id)
{
    return find_site(policy, id, strlen(id));
}

int32_t policy_find_rule(const struct policy *policy, const char *id)
{
    return find_id(policy->rule, sizeof *policy->rule, 0, policy->rule_count, id, strlen(id));
}
