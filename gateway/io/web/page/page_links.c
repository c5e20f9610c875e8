/* page_links.c - links with their devices and blocks, and outputs. */
#include <string.h>

#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"

static void add_block_state(struct text *json, const struct zone *zone,
                            const struct web_block_state *block)
{
    json_write_open(json, '{');
    json_write_key_string(json, "name", block->name);
    json_write_key_int(json, "function", block->function);
    json_write_key_int(json, "address", block->address);
    json_write_key_int(json, "count", block->count);
    json_write_key_time(json, "at", zone, block->at);
    json_write_key_hex(json, "request", block->request, block->request_length);
    json_write_key(json, "reply");
    if (block->at == 0) {
        json_write_string(json, NULL);
    } else {
        json_write_hex(json, block->reply, block->reply_length);
    }
    json_write_key_int(json, "bytes", block->bytes);
    if (block->word_count == 0) {
        json_write_key_string(json, "words", NULL);
    } else {
        json_write_key_open(json, "words", '[');
        for (int i = 0; i < block->word_count; i++) {
            json_write_int(json, block->word[i]);
        }
        json_write_close(json, ']');
    }
    json_write_close(json, '}');
}

static void add_device_failure(struct text *json, const struct zone *zone,
                               const struct web_device_state *device)
{
    if (device->failed_at == 0) {
        json_write_key_string(json, "error", NULL);
        return;
    }
    json_write_key_open(json, "error", '{');
    json_write_key_time(json, "at", zone, device->failed_at);
    json_write_key_time(json, "since", zone, device->failing_since);
    json_write_key_string(json, "kind", device->failed_kind);
    json_write_key_int(json, "exception", device->failed_exception);
    json_write_key_string(json, "text", device->failed_text);
    json_write_close(json, '}');
}

static void add_device_state(struct text *json, const struct web_context *context,
                             const struct web_device_state *device)
{
    json_write_key_string(json, "id", device->id);
    json_write_key_int(json, "unit", device->unit);
    json_write_key_string(json, "profile", device->profile);
    json_write_key_int(json, "poll_ms", device->poll_ms);
    json_write_key_string(json, "health", device->health);
    json_write_key_time(json, "probe_at", context->zone, device->probe_at);
    json_write_key_number(json, "rtt_ms", device->rtt_ms);
    json_write_key_time(json, "answered_at", context->zone, device->answered_at);
    json_write_key_string(json, "reason", device->reason);
    json_write_key_number(json, "rtt_mean_ms", device->rtt_mean_ms);
    json_write_key_number(json, "rtt_max_ms", device->rtt_max_ms);
    json_write_key_int(json, "retries", device->retries);
    json_write_key_number(json, "success", device->success);
    add_device_failure(json, context->zone, device);
    api_json_add_maintenance(json, context, device->id);
}

static void add_device(struct text *json, const struct web_context *context, int32_t link,
                       int32_t index)
{
    const struct web_callbacks *callbacks = &context->callbacks;
    struct web_device_state device;
    callbacks->device_state(callbacks->context, link, index, &device);
    json_write_open(json, '{');
    add_device_state(json, context, &device);
    json_write_key_open(json, "blocks", '[');
    for (int32_t i = 0; i < device.block_count; i++) {
        struct web_block_state block;
        callbacks->block_state(callbacks->context, link, index, i, &block);
        add_block_state(json, context->zone, &block);
    }
    json_write_close(json, ']');
    json_write_close(json, '}');
}

static void add_link_state(struct text *json, const struct zone *zone,
                           const struct web_link_state *link)
{
    json_write_key_bool(json, "up", link->is_up);
    json_write_key_string(json, "address", link->address);
    json_write_key_string(json, "text", link->text);
    if (link->failed_at == 0) {
        json_write_key_string(json, "error", NULL);
    } else {
        json_write_key_open(json, "error", '{');
        json_write_key_time(json, "at", zone, link->failed_at);
        json_write_key_string(json, "text", link->failed_text);
        json_write_close(json, '}');
    }
    json_write_key_open(json, "share", '{');
    json_write_key_number(json, "asked", link->asked);
    json_write_key_number(json, "measured", link->measured);
    json_write_close(json, '}');
    json_write_key_open(json, "counters", '{');
    for (int32_t i = 0; i < link->counter_count; i++) {
        json_write_key_int(json, link->counter[i].key, (int64_t) link->counter[i].count);
    }
    json_write_close(json, '}');
}

void page_links(const struct page_call *call, struct answer *answer)
{
    const struct web_callbacks *callbacks = &call->context->callbacks;
    struct text *json = &answer->body;
    json_write_open(json, '[');
    for (int32_t i = 0; i < callbacks->link_count; i++) {
        struct web_link_state link;
        callbacks->link_state(callbacks->context, i, &link);
        json_write_open(json, '{');
        json_write_key_string(json, "id", callbacks->link[i].id);
        json_write_key_string(json, "type", callbacks->link[i].type);
        add_link_state(json, call->context->zone, &link);
        json_write_key_open(json, "devices", '[');
        for (int32_t device = 0; device < callbacks->link[i].device_count; device++) {
            add_device(json, call->context, i, device);
        }
        json_write_close(json, ']');
        json_write_close(json, '}');
    }
    json_write_close(json, ']');
}

static void add_output_state(struct text *json, const struct web_context *context, int32_t index)
{
    const struct web_callbacks *callbacks = &context->callbacks;
    const struct policy_output *output = &context->policy->output[index];
    struct web_output_state state;
    callbacks->output_state(callbacks->context, index, &state);
    json_write_open(json, '{');
    json_write_key_string(json, "id", output->id);
    json_write_key_string(json, "site", context->policy->site[output->site].id);
    json_write_key_string(json, "name", output->name);
    json_write_key_string(json, "device", state.device);
    json_write_key_string(json, "output", state.output);
    json_write_key_bool(json, "wanted", state.is_wanted);
    json_write_key_string(json, "state", state.state);
    json_write_key_string(json, "state_text", state.state_text);
    json_write_key_string(json, "reason", state.reason);
    json_write_key_time(json, "since", context->zone, state.since);
    json_write_close(json, '}');
}

void page_outputs(const struct page_call *call, struct answer *answer)
{
    json_write_open(&answer->body, '[');
    for (int32_t i = 0; i < call->context->policy->output_count; i++) {
        if (permission_sees_output(&call->permission, i)) {
            add_output_state(&answer->body, call->context, i);
        }
    }
    json_write_close(&answer->body, ']');
}
