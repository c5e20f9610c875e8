/* What a link asks next: an output or a block, and the bytes of its request. */
#include <string.h>

#include "gateway/base/check.h"
#include "sensors/link/link_parts.h"

/* The next request of this device becomes the one in hand. */
static void prepare_request(struct link *link, int32_t device, const struct frame_request *request)
{
    link->transaction = (uint16_t) ((link->transaction + 1) & 0xFFFF);
    link->request = *request;
    link->request.unit = link->settings->device[device].unit;
    link->request.transaction = link->transaction;
    link->device = device;
}

/* Has libmodbus encode the request in hand. Returns the length, 0 when it refuses. */
static size_t encode_link_request(struct link *link, uint8_t to[static FRAME_REQUEST_MAX])
{
    uint8_t ours[MBAP_FRAME_MAX];
    uint8_t theirs[MBAP_FRAME_MAX];
    size_t length = frame_encode(&link->request, link->framing, ours);
    size_t their_length =
        link->callbacks.encode(link->callbacks.context, link->framing, &link->request, theirs);
    if (their_length == 0) {
        return 0;
    }
    CHECK(their_length == length && length <= FRAME_REQUEST_MAX);
    if (link->framing == FRAMING_MBAP) {
        frame_put_word(theirs, link->request.transaction);
    }
    /* Else one of the two encoders is wrong, and nothing may be sent. */
    CHECK(memcmp(ours, theirs, length) == 0);
    memcpy(to, theirs, length);
    return length;
}

/* IDLE -> WAITING, or it stays IDLE when libmodbus refuses the request. */
static void ask_block(struct link *link, int32_t index, us_t now)
{
    struct link_block *block = &link->block[index];
    const struct profile_read *read = &link_device_of(link, block)->profile->read[block->read];
    const struct frame_request request = {
        .function = read->function, .address = read->address, .count = read->count};
    prepare_request(link, block->device, &request);
    link->current = index;
    if (block->request_length == 0) { /* only the transaction id ever changes: encoded once */
        block->request_length = (uint8_t) encode_link_request(link, block->request);
    }
    if (block->request_length == 0) {
        link_note_missed(link, block->device, now);
        link_report_silence(link, index, REASON_FRAME, now);
        return;
    }
    if (link->framing == FRAMING_MBAP) {
        frame_put_word(block->request, link->request.transaction);
    }
    us_t timeout = (us_t) block->timeout_ms * US_PER_MS;
    link_send(link, block->request, block->request_length, timeout, now);
}

/* IDLE -> WAITING when an output is due, or it ends at once when libmodbus refuses its request.
 * False: none is due, and when one will be. */
static bool ask_output(struct link *link, us_t now, us_t *ret_next_at)
{
    struct link_writes *writes = link->writes;
    if (!link_writes_take(writes, now, ret_next_at)) {
        return false;
    }
    prepare_request(link, writes->in_hand->change.device, &writes->request);
    link->current = LINK_NO_BLOCK;
    link->counters.commands++;
    size_t length = encode_link_request(link, writes->bytes);
    if (length == 0) {
        link_writes_end(writes, WRITE_REFUSED, 0, NULL, now);
        return true;
    }
    const struct profile *profile = link->settings->device[link->device].profile;
    schedule_asked(link->schedule, now);
    link_send(link, writes->bytes, length, (us_t) profile->timeout_ms * US_PER_MS, now);
    return true;
}

/* Takes one block that is due. Returns until when there is none, 0: there was one. */
static us_t take_block_turn(struct link *link, us_t now)
{
    bool is_down = link->state == LINK_STATE_DOWN;
    if (now < link->delay_until) {
        return link->delay_until;
    }
    if (is_down && now < link->reopens_until) {
        return link->reopens_until;
    }
    struct schedule_turn turn = schedule_take(link->schedule, now);
    link->counters.overruns = link->delays + schedule_skipped(link->schedule);
    switch (turn.kind) {
    case SCHEDULE_NOTHING:
        return turn.next_at;
    case SCHEDULE_SILENT:
        link_report_silence(
            link, turn.block,
            is_down || schedule_is_mute(link->schedule) ? REASON_LINK : REASON_TIMEOUT, now);
        break;
    case SCHEDULE_REFUSED:
        link_report_refusal(link, turn.block, now);
        break;
    case SCHEDULE_ASK:
        if (is_down) {
            link_report_silence(link, turn.block, REASON_LINK, now);
        } else {
            ask_block(link, schedule_owed_first(link->schedule, turn.block), now);
        }
        break;
    case SCHEDULE_PROBE:
        if (!is_down) {
            ask_block(link, turn.block, now);
        }
        break;
    }
    return 0;
}

us_t link_take_turn(struct link *link, us_t now)
{
    us_t output_at = OUTPUT_NEVER;
    struct link_writes *writes = link->writes;
    bool is_block_first = writes != NULL && writes->gives_way;
    bool may_write = writes != NULL && link->state == LINK_STATE_IDLE && !is_block_first;
    if (may_write && ask_output(link, now, &output_at)) {
        return 0;
    }
    us_t block_at = take_block_turn(link, now);
    if (is_block_first) {
        /* It has given way when a block was asked, or none is due. */
        writes->gives_way = block_at == 0 && link->state != LINK_STATE_WAITING;
        return 0;
    }
    return min_us(block_at, output_at);
}
