/* What is odd about a link: answers under wrong transaction ids, and adapters that echo. */
#include "sensors/link/link_parts.h"

enum { LATE_IDS = 16 }; /* so many requests before, an answer may still come late */

/* The id of a request that had timed out? Each request is answered once, so the same id again is
 * not: many gateways know a single id. */
static bool is_late_id(const struct link *link, uint16_t id)
{
    uint32_t age = ((uint32_t) link->transaction - id) & 0xFFFFU;
    return age >= 1 && age <= LATE_IDS && age < link->counters.requests && id != link->odd_id;
}

static void count_odd_ids(struct link *link)
{
    uint16_t id = link->stream.misnumbered_id;
    uint32_t frames = link->stream.misnumbered_frames;
    bool is_late = is_late_id(link, id);
    link->counters.late += is_late ? frames : 0;
    link->counters.wrong_ids += is_late ? 0 : frames;
    uint8_t *count = is_late ? &link->late_count : &link->wrong_id_count;
    *count = *count < LINK_SUSPECT_AFTER ? (uint8_t) (*count + 1) : LINK_SUSPECT_AFTER;
    link->odd_id = id;
    link->odd_unit = link->request.unit;
}

static void learn_ids(struct link *link, bool is_answered)
{
    if (link->stream.misnumbered_frames > 0) {
        count_odd_ids(link);
    }
    /* A gateway may err for one of its ports only: the answers of other devices prove nothing. */
    if (is_answered && link->request.unit == link->odd_unit) {
        link->late_count = 0;
        link->wrong_id_count = 0;
    }
}

/* Only an answer to a read proves that the adapter does not echo. */
static void learn_echo(struct link *link, bool is_answered)
{
    if (link->stream.echoed_frames > 0) {
        link->has_echoed = true;
        link->echoless_count = 0;
    } else if (is_answered && link->current != LINK_NO_BLOCK &&
               link->echoless_count < LINK_SUSPECT_AFTER) {
        link->echoless_count++;
    }
}

void link_learn(struct link *link, bool is_answered)
{
    learn_echo(link, is_answered);
    learn_ids(link, is_answered);
}

bool link_may_echo(const struct link *link)
{
    /* Over Modbus TCP a good answer to a write is a copy of it, which looks like an echo: only
     * reads can show one. */
    if (link->settings->kind == LINK_TCP && !link->has_echoed) {
        return false;
    }
    return link->echoless_count < (link->has_echoed ? LINK_SUSPECT_AFTER : 1);
}

const char *link_suspicion(const struct link *link)
{
    if (link->wrong_id_count >= LINK_SUSPECT_AFTER) {
        return "网关回错事务号，读数不采用：请检查网关的协议设置或固件";
    }
    if (link->late_count >= LINK_SUSPECT_AFTER) {
        return "应答总在超时之后才到：请加大设备的应答超时，或减少网关上的轮询";
    }
    return link->has_echoed && link_may_echo(link) ? "适配器回显本机请求，已识别并去除" : "";
}
