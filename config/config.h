/* config.h - a directory of JSON to one checked, complete picture of the house.
 *
 * All mistakes are found in one run, each as "file:line: /json/path: sentence". Nobody below main
 * knows that a config exists: each module's settings struct is filled here and handed over by main.
 * */
#pragma once

#include <stdio.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/core/model/policy.h"
#include "gateway/io/forward/forward.h"
#include "gateway/io/history/history.h"
#include "gateway/io/sms/sms.h"
#include "sensors/device/link_settings.h"
#include "sensors/dtu/dtu_listener.h"

enum { CONFIG_PROBLEMS_MAX = 200, CONFIG_FILES_MAX = 1000, LINKS_MAX = 4096 };

/* Where an output of the policy hangs. */
struct config_output {
    int32_t link, device, output; /* indexes: of the link, of its device, of the device's outputs */
};

struct config {
    const char *directory;
    const char *data_dir;
    const char *language; /* "zh-CN" "en" */
    char listen[64];
    char cert_file[256], key_file[256];
    int32_t store_count;
    const struct forward_settings *store;
    struct sms_settings sms;
    ms_t history_keep_ms;
    int64_t history_bytes_max;
    int32_t link_count;
    const struct link_settings *link;
    const struct dtu_listener_settings *listener; /* where DTUs takeover in, NULL: nowhere */
    const struct config_output *output;           /* one for each output of the policy */
    int32_t own_profile_count;
    const struct profile *const *own_profile; /* its own device models; models.h knows all */
    const struct policy *policy;
    const struct config_source *source; /* for config_print; NULL after config_read_to_run */
};

/* A mistake or a warning; `text` is the whole line as printed, a warning's with "warning: " in it.
 * */
struct config_problem {
    bool is_warning;
    const char *text;
};

struct config_problems {
    int32_t count;
    int32_t error_count, warning_count;              /* all, also those without a place in `item` */
    struct config_problem item[CONFIG_PROBLEMS_MAX]; /* the last one says how many more there are */
};

/* Reads and checks DIRECTORY/huoyan.json and what it includes. True when there is no error
 * (warnings may be there); everything lives in the arena. `shipped` profiles are built in (see
 * shipped.h). */
MUST_CHECK bool config_read(struct arena *arena, const char *directory,
                            struct config_problems *problems, const struct config **ret_config);

/* The same for a daemon, which never prints its config: the files' trees, which are larger than what is made of them, are
 * given back at once. */
MUST_CHECK bool config_read_to_run(struct arena *arena, const char *directory,
                                   struct config_problems *problems,
                                   const struct config **ret_config);

/* The config as understood, with defaults, as JSON; of config_read only. */
void config_print(const struct config *config, FILE *to);

/* The JSON Schema that the table generates; config/huoyan.schema.json must equal it. */
void config_print_schema(FILE *to);
