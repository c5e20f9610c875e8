/* daemon_links.c - fills the web's states of links, devices and blocks from wire and config. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "gateway/base/net_address.h"
#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "sensors/link/link_timing.h"

static_assert(sizeof((struct link_status *) 0)->text <= WEB_TEXT_MAX, "a text fits");
static_assert(sizeof((struct last_bytes *) 0)->byte <= WEB_REPLY_MAX, "what is kept fits");

/* The kind of a failure, as the API names it. */
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

/* In tenths of a millisecond; unknown before the first reply. */
static double round_span(us_t span)
{
    return span == 0 ? (double) NAN : round((double) span / 100.0) / 10.0;
}

/* To four digits; a negative share is unknown. */
static double round_share(double share)
{
    return share < 0 ? (double) NAN : round(share * 10000.0) / 10000.0;
}

/* Finds a whole answer in the received bytes and takes its registers or bits. */
static void find_words(const struct frame_request *request, enum framing framing,
                       struct web_block_state *block)
{
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    uint8_t frame[MBAP_FRAME_MAX];
    uint16_t words[FRAME_WORDS_MAX];
    size_t length = 0;
    frame_init(&stream, framing, room, sizeof room);
    (void) frame_feed(&stream, block->reply, block->reply_length);
    if (frame_find(&stream, request, frame, &length) == FRAME_REPLY) {
        frame_words(request, framing, frame, words);
        block->word_count = request->count;
        CHECK(block->word_count <= WEB_WORDS_MAX);
        memcpy(block->word, words, (size_t) block->word_count * sizeof words[0]);
    }
}

void daemon_block_state(void *context, int32_t link, int32_t device, int32_t read,
                        struct web_block_state *ret_state)
{
    const struct daemon *daemon = context;
    const struct link_settings *known = &daemon->config->link[link];
    const struct link_device *owner = &known->device[device];
    const struct profile_read *block = &owner->profile->read[read];
    enum framing framing = link_timing_framing(known->kind);
    struct last_bytes heard = wire_block_past(daemon->wire, link, device, read);
    struct frame_request request = {.unit = owner->unit,
                                    .function = block->function,
                                    .address = block->address,
                                    .count = block->count};
    uint8_t asked[MBAP_FRAME_MAX];
    if (framing == FRAMING_MBAP && heard.length >= 2) {
        /* The id changes with each request; a good answer repeats it. */
        request.transaction = (uint16_t) (heard.byte[0] << 8 | heard.byte[1]);
    }
    *ret_state = (struct web_block_state){.name = block->name,
                                          .function = block->function,
                                          .address = block->address,
                                          .count = block->count,
                                          .at = heard.at / US_PER_MS,
                                          .bytes = heard.length};
    ret_state->request_length = frame_encode(&request, framing, asked);
    CHECK(ret_state->request_length <= WEB_REQUEST_MAX);
    memcpy(ret_state->request, asked, ret_state->request_length);
    ret_state->reply_length =
        heard.length < LINK_STATS_BYTES_MAX ? heard.length : LINK_STATS_BYTES_MAX;
    memcpy(ret_state->reply, heard.byte, ret_state->reply_length);
    find_words(&request, framing, ret_state);
}

static const char *failure_text(enum reason reason, uint8_t exception)
{
    return exception != 0 ? frame_exception_text(exception) : reason_text(reason);
}

void daemon_device_state(void *context, int32_t link, int32_t device,
                         struct web_device_state *ret_state)
{
    static const char *const healths[] = {
        [DEVICE_OK] = "ok", [DEVICE_SUSPECT] = "suspect", [DEVICE_DOWN] = "down"};
    const struct daemon *daemon = context;
    const struct link_device *known = &daemon->config->link[link].device[device];
    struct device_status status = wire_device_status(daemon->wire, link, device);
    struct device_stats past = wire_device_past(daemon->wire, link, device);
    enum reason failed_reason = (enum reason) past.failed_reason;
    *ret_state = (struct web_device_state){
        .id = known->id,
        .unit = known->unit,
        .profile = known->profile->id,
        .poll_ms = known->poll_ms,
        .health = healths[status.health],
        .probe_at = status.probe_at / US_PER_MS,
        .answered_at = status.answered_at / US_PER_MS,
        .rtt_ms = round_span(status.rtt_us),
        .rtt_mean_ms = round_span(past.rtt_mean_us),
        .rtt_max_ms = round_span(link_stats_slowest(&past)),
        .retries = past.retries,
        .success = round_share(link_stats_success(&past)),
        .reason = failure_text(status.reason, status.exception),
        .failed_at = past.failed_at / US_PER_MS,
        .failing_since = past.failing_since / US_PER_MS,
        .failed_kind = failure_name(failed_reason),
        .failed_text = failure_text(failed_reason, past.failed_exception),
        .failed_exception = past.failed_exception,
        .block_count = known->profile->read_count,
    };
}

/* As the config writes it: text if it is printable, else hex. */
static void add_dtu_registration(const struct dtu_text *word, struct text *text)
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

static void add_link_address(const struct link_settings *known, struct text *text)
{
    switch (known->kind) {
    case LINK_RTU:
        text_add(text, "%s %" PRId32 " 8%c%" PRId32, known->address, known->baud, known->parity,
                 known->stop_bits);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        text_add(text, "%s", net_name(known->address, known->port).text);
        break;
    case LINK_DTU:
        add_dtu_registration(&known->dtu->registration, text);
        break;
    }
}

static void set_counters(const struct link_counters *counters, struct web_link_state *state)
{
    const struct web_counter all[] = {
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
    static_assert(sizeof all <= sizeof state->counter, "room for all counters");
    memcpy(state->counter, all, sizeof all);
    state->counter_count = sizeof all / sizeof all[0];
}

void daemon_link_state(void *context, int32_t link, struct web_link_state *ret_state)
{
    const struct daemon *daemon = context;
    const struct link_settings *known = &daemon->config->link[link];
    struct link_status status = wire_link_status(daemon->wire, link);
    struct link_past past = wire_link_past(daemon->wire, link);
    bool is_odd = status.text[0] == '\0' && status.suspicion != NULL;
    *ret_state = (struct web_link_state){
        .is_up = status.is_up,
        .failed_at = past.failed_at / US_PER_MS,
        /* A TCP gateway is not one wire: its share cannot be computed. */
        .asked = round_share(known->kind == LINK_TCP ? -1 : link_timing_share(known)),
        .measured = round_share(past.stats.has_share ? past.stats.share : -1),
    };
    struct text address = text_over(ret_state->address, sizeof ret_state->address);
    add_link_address(known, &address);
    text_copy(ret_state->text, sizeof ret_state->text, is_odd ? status.suspicion : status.text);
    text_copy(ret_state->failed_text, sizeof ret_state->failed_text, past.why);
    set_counters(&status.counters, ret_state);
}
