/* built_config.h - the result of reading a config: the policy and the settings of each module. */
#pragma once

#include <stdint.h>

#include "gateway/core/model/policy.h"
#include "gateway/io/forward/forward_settings.h"
#include "gateway/io/history/history.h"
#include "gateway/io/sms/sms_driver.h"
#include "sensors/device/link_settings.h"
#include "sensors/dtu/dtu_listener.h"

/* Where an output of the policy hangs. */
struct config_output {
    int32_t link, device, output; /* indexes: of the link, of its device, of the device's outputs */
};

struct config {
    const char *directory;
    const char *data_dir;
    const char *language; /* "zh-CN" "en" */
    char listen[64];
    int32_t store_count;
    const struct forward_settings *store;
    struct sms_settings sms;
    ms_t history_keep_ms;
    int64_t history_bytes_max;
    int32_t link_count;
    const struct link_settings *link;
    const struct dtu_listener_settings *listener; /* where DTUs dial in, NULL: nowhere */
    const struct config_output *output;           /* one for each output of the policy */
    int32_t own_profile_count;
    const struct profile *const
        *own_profile; /* its own device models; shipped_models.h knows all */
    const struct policy *policy;
    const struct config_source *source; /* for config_print; NULL after config_read_to_run */
};
