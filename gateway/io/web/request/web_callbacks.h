/* web_callbacks.h - what the web needs of the daemon beyond io, and the states that it shows.
 *
 * Any thread of the web may call a callback; it fills the whole struct. Pointers to strings outlive
 * the web. A time of 0 means never; a number that is not finite is unknown. API.md describes the
 * members. */
#pragma once

#include "gateway/base/units.h"
#include "gateway/core/model/event.h"
#include "gateway/core/model/policy.h"

enum {
    WEB_ADDRESS_MAX = 400, /* a path or host name with its settings, or a registration in hex */
    WEB_TEXT_MAX = 160,
    WEB_COUNTERS_MAX = 24,
    WEB_REQUEST_MAX = 16, /* bytes of a request to read */
    WEB_REPLY_MAX = 48,
    WEB_WORDS_MAX = WEB_REPLY_MAX * 8, /* bits of a reply */
    WEB_METRICS_MAX = 16,
};

/* A link of the config. The overview takes its state from the snapshot's part HEALTH_LINK of that
 * id; without such a part it is shown as connecting. */
struct web_link {
    const char *id;
    const char *type; /* "tcp" "rtu" */
    int32_t device_count;
};

struct web_link_state {
    bool is_up;
    char address[WEB_ADDRESS_MAX];
    char text[WEB_TEXT_MAX];
    ms_t failed_at;
    char failed_text[WEB_TEXT_MAX];
    double asked, measured; /* shares of the time, 0...1 */
    int32_t counter_count;
    struct web_counter {
        const char *key;
        uint64_t count;
    } counter[WEB_COUNTERS_MAX];
};

struct web_device_state {
    const char *id; /* "w3/th1" */
    int unit;
    const char *profile;
    int32_t poll_ms;
    const char *health; /* "ok" "suspect" "down" */
    ms_t probe_at, answered_at;
    double rtt_ms, rtt_mean_ms, rtt_max_ms;
    uint32_t retries;
    double success; /* 0...1 */
    const char *reason;
    ms_t failed_at, failing_since;
    const char *failed_kind; /* "timeout" ... */
    const char *failed_text;
    int failed_exception;
    int32_t block_count;
};

struct web_block_state {
    const char *name;
    int function, address, count;
    ms_t at;
    size_t request_length, reply_length; /* of the bytes below */
    uint8_t request[WEB_REQUEST_MAX], reply[WEB_REPLY_MAX];
    int bytes;      /* that came in all */
    int word_count; /* 0: no whole answer is in the reply */
    uint16_t word[WEB_WORDS_MAX];
};

struct web_output_state {
    const char *device, *output;
    bool is_wanted;
    const char *state, *state_text;
    char reason[WEB_TEXT_MAX];
    ms_t since;
};

/* One line of /metrics. Lines of one name follow each other. */
struct web_metric {
    const char *name, *help;
    const char *labels; /* {kind="readings"}, or "" */
    int64_t value;
};

struct web_callbacks {
    void *context;
    const struct policy *policy;
    const char *language; /* "zh-CN" */
    const char *version;
    /* Posts a command and waits up to 2 s for its answer. Returns 200, 409 with a sentence that
     * gives the reason, or 503. */
    int (*command)(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX]);
    int32_t link_count;
    const struct web_link *link;
    void (*link_state)(void *context, int32_t link, struct web_link_state *ret_state);
    void (*device_state)(void *context, int32_t link, int32_t device,
                         struct web_device_state *ret_state);
    void (*block_state)(void *context, int32_t link, int32_t device, int32_t block,
                        struct web_block_state *ret_state);
    void (*output_state)(void *context, int32_t output, struct web_output_state *ret_state);
    /* Returns how many there are. */
    int32_t (*metrics)(void *context, struct web_metric ret_metric[static WEB_METRICS_MAX]);
};
