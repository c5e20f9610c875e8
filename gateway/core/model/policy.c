#include "gateway/core/model/policy.h"

#include <string.h>

/* Is `id` the first `length` bytes of `text`? */
static bool is_part(const char *id, const char *text, size_t length)
{
    return strncmp(id, text, length) == 0 && id[length] == '\0';
}

static int32_t find_site(const struct policy *policy, const char *id, size_t length)
{
    for (int32_t i = 0; i < policy->site_count; i++) {
        if (is_part(policy->site[i].id, id, length)) {
            return i;
        }
    }
    return -1;
}

static int32_t find_device_in_site(const struct policy *policy, int32_t site, const char *id,
                                   size_t length)
{
    int32_t first = policy->site[site].first_device;
    for (int32_t i = first; i < first + policy->site[site].device_count; i++) {
        if (is_part(policy->device[i].id, id, length)) {
            return i;
        }
    }
    return -1;
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
    int32_t first = policy->device[device].first_point;
    for (int32_t i = first; i < first + policy->device[device].point_count; i++) {
        if (strcmp(policy->point[i].id, id) == 0) {
            return i;
        }
    }
    return -1;
}

int32_t policy_find_device(const struct policy *policy, const char *id)
{
    const char *site_end = strchr(id, '/');
    int32_t site = site_end == NULL ? -1 : find_site(policy, id, (size_t) (site_end - id));
    return site < 0 ? -1 : find_device_in_site(policy, site, site_end + 1, strlen(site_end + 1));
}

int32_t policy_find_person(const struct policy *policy, const char *id)
{
    for (int32_t i = 0; i < policy->person_count; i++) {
        if (strcmp(policy->person[i].id, id) == 0) {
            return i;
        }
    }
    return -1;
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
    for (int32_t i = 0; i < policy->rule_count; i++) {
        if (strcmp(policy->rule[i].id, id) == 0) {
            return i;
        }
    }
    return -1;
}
