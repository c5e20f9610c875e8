/* build_links.c - serial buses and connections. */
#include <string.h>

#include "config/sections/build_dtu.h"
#include "config/sections/sections.h"
#include "gateway/base/net_address.h"
#include "sensors/modbus/baud.h"

enum { CONVERTER_LATENCY_MS = 500, GRID_MIN_MS = 10 };

static void read_serial(struct build *build, struct schema_view view, struct link_settings *link)
{
    schema_require(build->reader, view.object, "device", "the serial port");
    const char *device = schema_text(view, "device");
    schema_copy_text(view, "device", link->address, sizeof link->address);
    if (device != NULL && device[0] != '/') {
        reader_refuse(build->reader, schema_value(view, "device"),
                      "'%s' is not the path of a serial port such as /dev/ttyUSB0", device);
    }
    int64_t baud = schema_integer(view, "baud");
    if (!baud_is_known((double) baud)) {
        reader_refuse(build->reader, schema_value(view, "baud"),
                      "must be 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200, not %d",
                      (int) baud);
    }
    link->baud = (int32_t) baud;
    link->parity = "NEO"[schema_choice_index(view, "parity")];
    link->stop_bits = (int32_t) schema_integer(view, "stop_bits");
    link->rs485 = schema_choice_index(view, "rs485");
    link->rts_delay_ms = (int32_t) schema_span(view, "rts_delay");
    if (link->rs485 == LINK_RS485_ADAPTER && link->rts_delay_ms > 0) {
        reader_refuse(build->reader, schema_value(view, "rts_delay"),
                      "has no meaning while the adapter switches the direction: set 'rs485'");
    }
}

/* Behind a serial server a request also waits for the serial line: the longest reply takes 270 ms
 * at 9600 baud. */
static void read_tcp_latency(struct build *build, struct schema_view view,
                             struct link_settings *link)
{
    if (schema_value(view, "latency") != NULL) {
        link->latency_ms = (int32_t) schema_span(view, "latency");
        return;
    }
    link->latency_ms = link->kind == LINK_RTU_OVER_TCP ? CONVERTER_LATENCY_MS : 0;
    build_derive(build, view, "latency", "\"%dms\"", (int) link->latency_ms);
}

static void read_tcp(struct build *build, struct schema_view view, struct link_settings *link)
{
    schema_require(build->reader, view.object, "host", "a name or an address");
    const char *host = schema_text(view, "host");
    schema_copy_text(view, "host", link->address, sizeof link->address);
    if (host != NULL && strpbrk(host, " /\t") != NULL) {
        reader_refuse(build->reader, schema_value(view, "host"),
                      "'%s' is no host: a name or an address, nothing else", host);
    }
    link->port = (uint16_t) schema_integer(view, "port");
    if (link->kind == LINK_RTU_OVER_TCP) {
        schema_require(build->reader, view.object, "port",
                       "serial servers have no standard port; 8899, 4001 and 23 are common");
    }
    read_tcp_latency(build, view, link);
}

static bool is_same_end(const struct link_settings *a, const struct link_settings *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    if (a->kind == LINK_DTU) {
        const struct dtu_text *one = &a->dtu->registration;
        const struct dtu_text *other = &b->dtu->registration;
        return one->length == other->length && one->length > 0 &&
               memcmp(one->bytes, other->bytes, (size_t) one->length) == 0;
    }
    return a->port == b->port && strcmp(a->address, b->address) == 0;
}

/* Two links to one device would disturb each other. */
static void refuse_shared_end(struct build *build, int32_t i, const struct link_settings *taken)
{
    const struct link_settings *link = &build->link[i];
    const struct json *item = build->links.item[i];
    switch (link->kind) {
    case LINK_RTU:
        reader_refuse(build->reader, item, "the link '%s' already uses the port '%s'", taken->id,
                      link->address);
        break;
    case LINK_DTU:
        reader_refuse(build->reader, item, "the link '%s' already has the registration '%s'",
                      taken->id, taken->address);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        reader_warn(build->reader, item,
                    "the link '%s' connects to %s too; many gateways accept only one connection",
                    taken->id, net_name(link->address, link->port).text);
        break;
    }
}

static void check_shared_end(struct build *build, int32_t i)
{
    for (int32_t other = 0; build->link[i].address[0] != '\0' && other < i; other++) {
        if (is_same_end(&build->link[other], &build->link[i])) {
            refuse_shared_end(build, i, &build->link[other]);
            return; /* one of perhaps thousands is enough */
        }
    }
}

static void read_link_keys(struct build *build, struct schema_view view, struct link_settings *link)
{
    static const enum link_kind kinds[] = {LINK_RTU, LINK_TCP, LINK_RTU_OVER_TCP, LINK_DTU};
    if (schema_value(view, "type") == NULL) {
        return; /* refused already */
    }
    link->kind = kinds[schema_choice_index(view, "type")];
    switch (link->kind) {
    case LINK_RTU:
        read_serial(build, view, link);
        break;
    case LINK_DTU:
        build_dtu_read_link(build, view, link);
        break;
    case LINK_TCP:
    case LINK_RTU_OVER_TCP:
        read_tcp(build, view, link);
        break;
    }
}

/* A wake-up costs as much as several polls, so connections start on a common grid. It is coarser
 * the fewer they are: ten to twenty then share a wake-up at one poll a second, and more would be
 * late. Serial lines have their own pace. */
static int32_t choose_start_grid(int32_t count)
{
    static const struct {
        int32_t links_max, grid_ms; /* a whole part of a second */
    } known[] = {{100, 200}, {200, 100}, {400, 50}, {700, 20}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (count <= known[i].links_max) {
            return known[i].grid_ms;
        }
    }
    return GRID_MIN_MS;
}

static void set_start_grid(struct build *build)
{
    int32_t count = 0;
    for (int32_t i = 0; i < build->links.count; i++) {
        count += build->link[i].kind != LINK_RTU;
    }
    int32_t grid = choose_start_grid(count);
    for (int32_t i = 0; i < build->links.count; i++) {
        build->link[i].start_grid_ms = build->link[i].kind == LINK_RTU ? GRID_MIN_MS : grid;
    }
}

void build_links(struct build *build)
{
    build->links = build_ids(build, "links", "link", LINKS_MAX);
    int32_t count = build->links.count;
    build_dtu_read_shared(build);
    build->link = arena_take(build->arena, (size_t) count, sizeof *build->link);
    for (int32_t i = 0; i < count; i++) {
        struct schema_view view = schema_view("/links/*", build->links.item[i]);
        build->link[i] = (struct link_settings){.id = build->links.id[i]};
        read_link_keys(build, view, &build->link[i]);
        check_shared_end(build, i);
    }
    set_start_grid(build);
    build->config->link_count = count;
    build->config->link = build->link;
    build_dtu_read_listener(build);
}
