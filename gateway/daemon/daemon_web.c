/* daemon_web.c - starts the web and the control socket, and fills what they show of the daemon. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/daemon/assets.h"
#include "gateway/daemon/daemon_parts.h"

static int32_t fill_metrics(void *context, struct web_metric ret_metric[static WEB_METRICS_MAX])
{
    const struct daemon *daemon = context;
    struct link_counters sum = {0};
    int64_t up = 0;
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
    static const char refused[] = "huoyan_mailbox_refused_total";
    static const char refused_help[] = "Times the mailbox was full.";
    const struct web_metric all[] = {
        {"huoyan_links_up", "Links that are connected.", "", up},
        {"huoyan_modbus_requests_total", "Requests sent to devices.", "", (int64_t) sum.requests},
        {"huoyan_modbus_replies_total", "Good replies.", "", (int64_t) sum.replies},
        {"huoyan_modbus_timeouts_total", "Requests without an answer.", "", (int64_t) sum.timeouts},
        {"huoyan_modbus_damaged_total", "Frames refused.", "", (int64_t) sum.damaged},
        {"huoyan_poll_overruns_total", "Polls skipped or delayed.", "", (int64_t) sum.overruns},
        {refused, refused_help, "{kind=\"readings\"}", (int64_t) mailbox.readings_refused},
        {refused, refused_help, "{kind=\"others\"}", (int64_t) mailbox.others_refused},
        {"huoyan_messages_unrecorded_total", "Messages that left before they were stored.", "",
         dispatch_unrecorded(daemon->dispatch)},
    };
    static_assert(sizeof all / sizeof all[0] <= WEB_METRICS_MAX, "room for all metrics");
    memcpy(ret_metric, all, sizeof all);
    return sizeof all / sizeof all[0];
}

static struct web_link *new_web_links(const struct config *config)
{
    struct web_link *links = calloc((size_t) config->link_count + 1, sizeof *links);
    CHECK(links != NULL);
    for (int32_t i = 0; i < config->link_count; i++) {
        links[i] = (struct web_link){.id = config->link[i].id,
                                     .type = link_kind_name(config->link[i].kind),
                                     .device_count = config->link[i].device_count};
    }
    return links;
}

bool daemon_open_web(struct daemon *daemon, struct error *error)
{
    const struct config *config = daemon->config;
    daemon->web_link = new_web_links(config);
    for (int32_t i = 0; i < daemon->forward_count; i++) {
        daemon->store_id[i] = config->store[i].id;
    }
    if (!auth_start(daemon->state, daemon->options.is_demo, &daemon->auth, error)) {
        return false;
    }
    const struct web_callbacks callbacks = {.context = daemon,
                                            .policy = daemon->policy,
                                            .language = config->language,
                                            .version = HUOYAN_VERSION,
                                            .command = daemon_command,
                                            .link_count = config->link_count,
                                            .link = daemon->web_link,
                                            .link_state = daemon_link_state,
                                            .device_state = daemon_device_state,
                                            .block_state = daemon_block_state,
                                            .output_state = daemon_output_state,
                                            .metrics = fill_metrics};
    const struct web_parts parts = {.snapshot = daemon->snapshot,
                                    .history = daemon->history,
                                    .state = daemon->state,
                                    .sms = daemon->sms,
                                    .forward = daemon->forward,
                                    .store_id = daemon->store_id,
                                    .forward_count = daemon->forward_count,
                                    .auth = daemon->auth};
    const struct web_settings settings = {.listen = config->listen,
                                          .is_demo = daemon->options.is_demo,
                                          .asset = assets,
                                          .asset_count = assets_count};
    const struct control_callbacks control = {
        .state = daemon->state, .auth = daemon->auth, .context = daemon, .command = daemon_command};
    return web_start(&settings, &callbacks, &parts, &daemon->web, error) &&
           control_start(config->data_dir, &control, &daemon->control, error);
}

void daemon_close_web(struct daemon *daemon)
{
    control_stop(daemon->control);
    web_stop(daemon->web);
    auth_stop(daemon->auth);
    free(daemon->web_link);
}
