/* flatline_groups.c - groups the points that flatline compares: one quantity on one site. */
#include <math.h>
#include <string.h>

#include "gateway/daemon/daemon_parts.h"

#define TOLERANCE_DEFAULT 0.05
#define MOVE_DEFAULT 0.5 /* degC or %RH */

enum { MOVE_TOLERANCES = 10 };

/* The figures of the profile, in the scale of the calibrated value; the group comes later. */
static struct flatline_point describe_point(const struct policy_point *point,
                                            const struct link_device *device, int32_t k)
{
    const struct profile_fault *fault = &device->profile->point[k].fault;
    struct link_calibration calibration = {.scale = 1};
    if (device->calibration != NULL) {
        calibration = device->calibration[k];
    }
    double tolerance = fault->flat_tol > 0 ? fault->flat_tol : TOLERANCE_DEFAULT;
    double move = fmax(MOVE_TOLERANCES * tolerance, MOVE_DEFAULT);
    double scale = fabs(calibration.scale);
    return (struct flatline_point){
        .suspect_ms = (ms_t) (fault->flat_s * (double) MS_PER_SECOND),
        .tolerance = tolerance * scale,
        .move = move * scale,
        .rail = {calibration.offset, 100.0 * calibration.scale + calibration.offset},
        .has_rails = strcmp(point->quantity, "humidity") == 0,
    };
}

static void describe_points(const struct policy *policy, const struct link_device *device,
                            struct flatline_point *point)
{
    for (int32_t k = 0; k < device->profile->point_count; k++) {
        int32_t index = device->first_point + k;
        point[index] = describe_point(&policy->point[index], device, k);
    }
}

/* The group of the nearest point before it on its site that measures the same; -1: it is the
 * first. */
static int32_t find_group(const struct policy *policy, const struct flatline_point *point,
                          int32_t index)
{
    const struct policy_point *own = &policy->point[index];
    for (int32_t i = index - 1; i >= 0 && policy->point[i].site == own->site; i--) {
        if (point[i].group >= 0 && strcmp(policy->point[i].quantity, own->quantity) == 0) {
            return point[i].group;
        }
    }
    return -1;
}

struct flatline *daemon_new_flatline(const struct daemon *daemon)
{
    const struct policy *policy = daemon->policy;
    struct arena *scratch = arena_new();
    struct flatline_point *point = arena_take(scratch, (size_t) policy->point_count, sizeof *point);
    for (int32_t i = 0; i < daemon->config->link_count; i++) {
        const struct link_settings *link = &daemon->config->link[i];
        for (int32_t k = 0; k < link->device_count; k++) {
            describe_points(policy, &link->device[k], point);
        }
    }
    int32_t group_count = 0;
    for (int32_t i = 0; i < policy->point_count; i++) {
        point[i].group = -1;
        if (point[i].suspect_ms > 0 || point[i].has_rails) {
            int32_t group = find_group(policy, point, i);
            point[i].group = group >= 0 ? group : group_count++;
        }
    }
    struct flatline *flatline =
        group_count == 0 ? NULL
                         : flatline_new(daemon->arena, point, policy->point_count, group_count);
    arena_free(scratch);
    return flatline;
}
