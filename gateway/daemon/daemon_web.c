#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/daemon/assets.h"
#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/system/clock.h"

static void add_metrics(void *context, struct text *text)
{
    const struct daemon *daemon = context;
    struct link_counters sum = {0};
    int32_t up = 0;
    for (int32_t i = 0; i < daemon->config->link_count; i++) {
        struct link_status status = wire_link_status(daemon->wire, i);
        up += status.is_up ? 1 : 0;
        sum.requests += status.counters.requests;
        sum.replies += status.counters.replies;
        sum.timeouts += status.counters.timeouts;
        sum.damaged += status.counters.damaged;
        sum.overruns += status.counters.overruns;
    }
    struct mailbox_counters mailbox = mailbox_counters(daemon->mailbox);
    text_add(
        text,
        "# HELP huoyan_links_up Links that are connected.\n# TYPE huoyan_links_up gauge\n"
        "huoyan_links_up %d\n"
        "# HELP huoyan_modbus_requests_total Requests sent to devices.\n"
        "# TYPE huoyan_modbus_requests_total counter\nhuoyan_modbus_requests_total %" PRIu64 "\n"
        "# HELP huoyan_modbus_replies_total Good replies.\n"
        "# TYPE huoyan_modbus_replies_total counter\nhuoyan_modbus_replies_total %" PRIu64 "\n"
        "# HELP huoyan_modbus_timeouts_total Requests without an answer.\n"
        "# TYPE huoyan_modbus_timeouts_total counter\nhuoyan_modbus_timeouts_total %" PRIu64 "\n"
        "# HELP huoyan_modbus_damaged_total Frames refused.\n"
        "# TYPE huoyan_modbus_damaged_total counter\nhuoyan_modbus_damaged_total %" PRIu64 "\n"
        "# HELP huoyan_poll_overruns_total Polls skipped or delayed.\n"
        "# TYPE huoyan_poll_overruns_total counter\nhuoyan_poll_overruns_total %" PRIu64 "\n",
        up, sum.requests, sum.replies, sum.timeouts, sum.damaged, sum.overruns);
    text_add(text,
             "# HELP huoyan_mailbox_refused_total Times the mailbox was full.\n"
             "# TYPE huoyan_mailbox_refused_total counter\n"
             "huoyan_mailbox_refused_total{kind=\"readings\"} %" PRIu64 "\n"
             "huoyan_mailbox_refused_total{kind=\"others\"} %" PRIu64 "\n"
             "# HELP huoyan_messages_unrecorded_total Messages that left before they were stored.\n"
             "# TYPE huoyan_messages_unrecorded_total counter\n"
             "huoyan_messages_unrecorded_total %" PRId64 "\n",
             mailbox.readings_refused, mailbox.others_refused,
             dispatch_unrecorded(daemon->dispatch));
}

bool daemon_open_web(struct daemon *daemon, struct error *error)
{
    const struct config *config = daemon->config;
    struct web_link *links = calloc((size_t) config->link_count + 1, sizeof *links);
    CHECK(links != NULL);
    daemon->web_link = links;
    for (int32_t i = 0; i < config->link_count; i++) {
        links[i] = (struct web_link){config->link[i].id, daemon_kind_name(config->link[i].kind)};
    }
    for (int32_t i = 0; i < daemon->forward_count; i++) {
        daemon->store_id[i] = config->store[i].id;
    }
    if (!auth_start(daemon->state, daemon->options.is_demo, &daemon->auth, error)) {
        return false;
    }
    const struct web_callbacks interface = {.context = daemon,
                                            .policy = daemon->policy,
                                            .language = config->language,
                                            .version = HUOYAN_VERSION,
                                            .command = daemon_command,
                                            .link_count = config->link_count,
                                            .link = links,
                                            .add_link = daemon_add_link,
                                            .output_count = daemon->policy->output_count,
                                            .add_output = daemon_add_output,
                                            .add_metrics = add_metrics};
    const struct web_parts parts = {.snapshot = daemon->snapshot,
                                    .history = daemon->history,
                                    .state = daemon->state,
                                    .sms = daemon->sms,
                                    .forward = daemon->forward,
                                    .store_id = daemon->store_id,
                                    .forward_count = daemon->forward_count,
                                    .auth = daemon->auth};
    struct web_settings settings = {
        .is_demo = daemon->options.is_demo, .asset = assets, .asset_count = assets_count};
    memcpy(settings.listen, config->listen, sizeof settings.listen);
    memcpy(settings.cert_file, config->cert_file, sizeof settings.cert_file);
    memcpy(settings.key_file, config->key_file, sizeof settings.key_file);
    const struct control_callbacks control = {
        .state = daemon->state, .auth = daemon->auth, .context = daemon, .command = daemon_command};
    return web_start(&settings, &interface, &parts, &daemon->web, error) &&
           control_start(config->data_dir, &control, &daemon->control, error);
}

void daemon_close_web(struct daemon *daemon)
{
    control_stop(daemon->control);
    web_stop(daemon->web);
    auth_stop(daemon->auth);
    free(daemon->web_link);
}
