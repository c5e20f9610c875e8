/* The answer of GET /api/v1/links: what the wire knows of a link and its devices, as API.md says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/net_address.h"
#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "sensors/link/link_timing.h"

static const char *health_name(enum device_health health)
{
    static const char *const names[] = {
        [DEVICE_OK] = "ok", [DEVICE_SUSPECT] = "suspect", [DEVICE_DOWN] = "down"};
    return names[health];
}

const char *daemon_kind_name(enum link_kind kind)
{
    static const char *const names[] = {[LINK_TCP] = "tcp",
                                        [LINK_RTU] = "rtu",
                                        [LINK_RTU_OVER_TCP] = "rtu_over_tcp",
                                        [LINK_DTU] = "dtu"};
    return names[kind];
}

/* What went wrong, as one word of the API. */
static const char *failure_name(enum reason reason)
{
    static const char *const names[REASON_COUNT] = {
        [REASON_TIMEOUT] = "timeout",
        [REASON_LINK] = "link",
        [REASON_EXCEPTION] = "exception",
        [REASON_FRAME] = "damaged",
    };
    return names[reason] == NULL ? "other" : names[reason];
}

static void add_time(const struct daemon *daemon, const char *key, us_t at, struct text *json)
{
    char iso[ZONE_ISO_MAX];
    if (at == 0) {
        text_add(json, "\"%s\":null", key);
        return;
    }
    zone_format_iso(&daemon->policy->zone, at / US_PER_MS, iso);
    text_add(json, "\"%s\":\"%s\"", key, iso);
}

/* A negative number is unknown: null. */
static void add_share(const char *key, double share, struct text *json)
{
    if (share < 0) {
        text_add(json, "\"%s\":null", key);
    } else {
        text_add(json, "\"%s\":%.4f", key, share);
    }
}

static void add_ms(const char *key, us_t span, struct text *json)
{
    if (span == 0) {
        text_add(json, ",\"%s\":null", key);
    } else {
        text_add(json, ",\"%s\":%.1f", key, (double) span / 1000.0);
    }
}

static void add_hex(const uint8_t *bytes, size_t length, struct text *json)
{
    text_add(json, "\"");
    for (size_t i = 0; i < length; i++) {
        text_add(json, "%s%02X", i == 0 ? "" : " ", bytes[i]);
    }
    text_add(json, "\"");
}

/* 1. Blocks: what was asked, and what came back for it. */

static struct frame_request request_of(const struct link_device *device,
                                       const struct profile_read *read)
{
    return (struct frame_request){.unit = device->unit,
                                  .function = read->function,
                                  .address = read->address,
                                  .count = read->count};
}

/* The registers or bits of the answer among the bytes that came; null unless it is whole. */
static void add_words(const struct frame_request *request, enum framing framing,
                      const uint8_t *bytes, size_t count, struct text *json)
{
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[FRAME_WORDS_MAX];
    size_t length = 0;
    frame_init(&stream, framing, room, sizeof room);
    (void) frame_feed(&stream, bytes, count);
    if (frame_find(&stream, request, frame, &length) != FRAME_REPLY) {
        text_add(json, "null");
        return;
    }
    frame_words(request, framing, frame, words);
    text_add(json, "[");
    for (int i = 0; i < request->count; i++) {
        text_add(json, "%s%u", i == 0 ? "" : ",", words[i]);
    }
    text_add(json, "]");
}

static void add_heard(const struct link_settings *link, struct frame_request *request,
                      const struct last_bytes *heard, struct text *json)
{
    enum framing framing = link_timing_framing(link->kind);
    size_t kept = heard->length < LINK_STATS_BYTES_MAX ? heard->length : LINK_STATS_BYTES_MAX;
    uint8_t asked[MBAP_FRAME_MAX];
    if (framing == FRAMING_MBAP && heard->length >= 2) {
        /* The id is another at each request; a good answer repeats it. */
        request->transaction = (uint16_t) (heard->byte[0] << 8 | heard->byte[1]);
    }
    text_add(json, ",\"request\":");
    add_hex(asked, frame_encode(request, framing, asked), json);
    text_add(json, ",\"reply\":");
    if (heard->at == 0) {
        text_add(json, "null");
    } else {
        add_hex(heard->byte, kept, json);
    }
    text_add(json, ",\"bytes\":%u,\"words\":", heard->length);
    add_words(request, framing, heard->byte, kept, json);
}

static void add_block(const struct daemon *daemon, int32_t link, int32_t device, int32_t read,
                      struct text *json)
{
    const struct link_settings *known = &daemon->config->link[link];
    const struct link_device *owner = &known->device[device];
    const struct profile_read *block = &owner->profile->read[read];
    struct last_bytes heard = wire_block_past(daemon->wire, link, device, read);
    struct frame_request request = request_of(owner, block);
    text_add(json, "%s{\"name\":", read == 0 ? "" : ",");
    text_add_json(json, block->name);
    text_add(json, ",\"function\":%d,\"address\":%d,\"count\":%d,", block->function, block->address,
             block->count);
    add_time(daemon, "at", heard.at, json);
    add_heard(known, &request, &heard, json);
    text_add(json, "}");
}

/* 2. Devices. */

static const char *failure_text(enum reason reason, uint8_t exception)
{
    return exception != 0 ? frame_exception_text(exception) : reason_text(reason);
}

static void add_failure(const struct daemon *daemon, const struct device_stats *past,
                        struct text *json)
{
    if (past->failed_at == 0) {
        text_add(json, ",\"error\":null");
        return;
    }
    enum reason reason = (enum reason) past->failed_reason;
    text_add(json, ",\"error\":{");
    add_time(daemon, "at", past->failed_at, json);
    text_add(json, ",");
    add_time(daemon, "since", past->failing_since, json);
    text_add(json, ",\"kind\":\"%s\",\"exception\":%d,\"text\":", failure_name(reason),
             past->failed_exception);
    text_add_json(json, failure_text(reason, past->failed_exception));
    text_add(json, "}");
}

static void add_maintenance(const struct daemon *daemon, const char *device, struct text *json)
{
    struct effect_maintenance maintenance;
    if (!snapshot_find_maintenance(daemon->snapshot, device, &maintenance)) {
        text_add(json, ",\"maintenance\":null");
        return;
    }
    text_add(json, ",\"maintenance\":{");
    add_time(daemon, "since", maintenance.since * US_PER_MS, json);
    text_add(json, ",");
    add_time(daemon, "until", maintenance.until * US_PER_MS, json);
    text_add(json, ",\"by\":");
    text_add_json(json, maintenance.by);
    text_add(json, ",\"note\":");
    text_add_json(json, maintenance.reason);
    text_add(json, "}");
}

static void add_past(const struct daemon *daemon, int32_t link, int32_t device, struct text *json)
{
    struct device_stats past = wire_device_past(daemon->wire, link, device);
    add_ms("rtt_mean_ms", past.rtt_mean_us, json);
    add_ms("rtt_max_ms", link_stats_slowest(&past), json);
    text_add(json, ",\"retries\":%" PRIu32 ",", past.retries);
    add_share("success", link_stats_success(&past), json);
    add_failure(daemon, &past, json);
}

static void add_device(const struct daemon *daemon, int32_t link, int32_t device, struct text *json)
{
    const struct link_device *known = &daemon->config->link[link].device[device];
    struct device_status status = wire_device_status(daemon->wire, link, device);
    text_add(json, "%s{\"id\":", device == 0 ? "" : ",");
    text_add_json(json, known->id);
    text_add(json, ",\"unit\":%d,\"profile\":", known->unit);
    text_add_json(json, known->profile->id);
    text_add(json, ",\"poll_ms\":%" PRId32 ",\"health\":\"%s\",", known->poll_ms,
             health_name(status.health));
    add_time(daemon, "probe_at", status.probe_at, json);
    add_ms("rtt_ms", status.rtt_us, json);
    text_add(json, ",");
    add_time(daemon, "answered_at", status.answered_at, json);
    text_add(json, ",\"reason\":");
    text_add_json(json, failure_text(status.reason, status.exception));
    add_past(daemon, link, device, json);
    add_maintenance(daemon, known->id, json);
    text_add(json, ",\"blocks\":[");
    for (int32_t i = 0; i < known->profile->read_count; i++) {
        add_block(daemon, link, device, i, json);
    }
    text_add(json, "]}");
}

/* 3. The link itself. */

/* A registration as it is written in the config: text when it is text, else hex. */
static void add_word(const struct dtu_text *word, struct text *text)
{
    bool is_text = true;
    for (int32_t i = 0; i < word->length; i++) {
        is_text = is_text && word->bytes[i] >= ' ' && word->bytes[i] <= '~';
    }
    for (int32_t i = 0; i < word->length; i++) {
        const char *between = is_text || i == 0 ? "" : " ";
        text_add(text, is_text ? "%s%c" : "%s%02X", between, word->bytes[i]);
    }
}

static void add_place(const struct link_settings *known, struct text *json)
{
    char
        place[sizeof known->address + (size_t) 4 * DTU_TEXT_MAX]; /* with a port, or "115200 8N1" */
    struct text text = text_over(place, sizeof place);
    switch (known->kind) {
    case LINK_RTU:
        text_add(&text, "%s %" PRId32 " 8%c%" PRId32, known->address, known->baud, known->parity,
                 known->stop_bits);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        text_add(&text, "%s", net_name(known->address, known->port).text);
        break;
    case LINK_DTU:
        add_word(&known->dtu->registration, &text);
        break;
    }
    text_add(json, ",\"address\":");
    text_add_json(json, place);
}

static void add_counters(const struct link_counters *counters, struct text *json)
{
    const struct {
        const char *key;
        uint64_t count;
    } all[] = {
        {"requests", counters->requests},
        {"replies", counters->replies},
        {"timeouts", counters->timeouts},
        {"exceptions", counters->exceptions},
        {"refusals", counters->refusals},
        {"busy", counters->busy},
        {"unreachable", counters->unreachable},
        {"failures", counters->failures},
        {"commands", counters->commands},
        {"echoes", counters->echoes},
        {"late", counters->late},
        {"wrong_ids", counters->wrong_ids},
        {"damaged", counters->damaged},
        {"foreign", counters->foreign},
        {"noise_bytes", counters->noise_bytes},
        {"overruns", counters->overruns},
        {"bytes_out", counters->bytes_out},
        {"bytes_in", counters->bytes_in},
    };
    text_add(json, "\"counters\":{");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        text_add(json, "%s\"%s\":%" PRIu64, i == 0 ? "" : ",", all[i].key, all[i].count);
    }
    text_add(json, "}");
}

static void add_link_past(const struct daemon *daemon, int32_t link, struct text *json)
{
    struct link_past past = wire_link_past(daemon->wire, link);
    const struct link_settings *known = &daemon->config->link[link];
    text_add(json, ",\"error\":");
    if (past.failed_at == 0) {
        text_add(json, "null");
    } else {
        text_add(json, "{");
        add_time(daemon, "at", past.failed_at, json);
        text_add(json, ",\"text\":");
        text_add_json(json, past.why);
        text_add(json, "}");
    }
    /* A TCP gateway is not one wire: how much of it is asked for cannot be told. */
    double asked = known->kind == LINK_TCP ? -1 : link_timing_share(known);
    text_add(json, ",\"share\":{");
    add_share("asked", asked, json);
    text_add(json, ",");
    add_share("measured", past.stats.has_share ? past.stats.share : -1, json);
    text_add(json, "},");
}

void daemon_add_link(void *context, int32_t link, struct text *json)
{
    const struct daemon *daemon = context;
    const struct link_settings *known = &daemon->config->link[link];
    struct link_status status = wire_link_status(daemon->wire, link);
    text_add(json, "\"id\":");
    text_add_json(json, known->id);
    text_add(json, ",\"type\":\"%s\",\"up\":%s", daemon_kind_name(known->kind),
             status.is_up ? "true" : "false");
    add_place(known, json);
    text_add(json, ",\"text\":");
    bool is_odd = status.text[0] == '\0' && status.suspicion != NULL;
    text_add_json(json, is_odd ? status.suspicion : status.text);
    add_link_past(daemon, link, json);
    add_counters(&status.counters, json);
    text_add(json, ",\"devices\":[");
    for (int32_t i = 0; i < known->device_count; i++) {
        add_device(daemon, link, i, json);
    }
    text_add(json, "]");
}
