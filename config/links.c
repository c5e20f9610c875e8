/* links.c - serial buses and connections. */
#include <stdio.h>
#include <string.h>

#include "config/build.h"

static bool is_baud(int64_t baud)
{
    static const int64_t bauds[] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200};
    for (size_t i = 0; i < sizeof bauds / sizeof bauds[0]; i++) {
        if (bauds[i] == baud) {
            return true;
        }
    }
    return false;
}

/* Tells keys that mean nothing for a link of this type. */
static void refuse_keys(struct build *build, struct schema_view view)
{
    for (const struct schema_row *row = schema_next(view.row, NULL); row != NULL;
         row = schema_next(view.row, row)) {
        const struct json *value = json_find(view.object, schema_key(row));
        if (value != NULL && !schema_belongs(row, view.object)) {
            reader_refuse(build->reader, value, "means nothing for a link of type '%s'",
                          json_string(view.object, "type", ""));
        }
    }
}

static char parity_of(const char *word)
{
    if (strcmp(word, "none") == 0) {
        return 'N';
    }
    return strcmp(word, "even") == 0 ? 'E' : 'O';
}

static void read_serial(struct build *build, struct schema_view view, struct link_settings *link)
{
    link->kind = LINK_RTU;
    if (json_find(view.object, "device") == NULL) {
        reader_refuse(build->reader, view.object, "needs 'device': the serial port");
    }
    const char *device = schema_text(view, "device");
    (void) snprintf(link->address, sizeof link->address, "%s", device == NULL ? "" : device);
    if (device != NULL && device[0] != '/') {
        reader_refuse(build->reader, schema_value(view, "device"),
                      "'%s' is no path of a port such as /dev/ttyUSB0", device);
    }
    int64_t baud = schema_integer(view, "baud");
    if (!is_baud(baud)) {
        reader_refuse(build->reader, schema_value(view, "baud"),
                      "must be 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200, not %d",
                      (int) baud);
    }
    link->baud = (int32_t) baud;
    link->parity = parity_of(schema_text(view, "parity"));
    link->stop_bits = (int32_t) schema_integer(view, "stop_bits");
}

static void read_tcp(struct build *build, struct schema_view view, struct link_settings *link)
{
    link->kind = LINK_TCP;
    if (json_find(view.object, "host") == NULL) {
        reader_refuse(build->reader, view.object, "needs 'host': a name or an address");
    }
    const char *host = schema_text(view, "host");
    (void) snprintf(link->address, sizeof link->address, "%s", host == NULL ? "" : host);
    if (host != NULL && strpbrk(host, " /\t") != NULL) {
        reader_refuse(build->reader, schema_value(view, "host"),
                      "'%s' is no host: a name or an address, nothing else", host);
    }
    link->port = (uint16_t) schema_integer(view, "port");
}

/* Two links to one thing would talk into each other. */
static void check_shared(struct build *build, int32_t i)
{
    const struct link_settings *link = &build->link[i];
    const struct json *item = build->links.item[i];
    for (int32_t other = 0; link->address[0] != '\0' && other < i; other++) {
        const struct link_settings *taken = &build->link[other];
        bool is_same = taken->kind == link->kind && taken->port == link->port &&
                       strcmp(taken->address, link->address) == 0;
        if (is_same && link->kind == LINK_RTU) {
            reader_refuse(build->reader, item, "the link '%s' has the port '%s' already", taken->id,
                          link->address);
        } else if (is_same) {
            reader_warn(build->reader, item,
                        "the link '%s' goes to %s:%d too; many gateways take one connection only",
                        taken->id, link->address, (int) link->port);
        }
    }
}

void build_links(struct build *build)
{
    build->links = build_ids(build, "links", "link", LINKS_MAX);
    int32_t count = build->links.count;
    build->link = arena_take(build->arena, (size_t) count, sizeof *build->link);
    for (int32_t i = 0; i < count; i++) {
        struct schema_view view = schema_view("/links/*", build->links.item[i]);
        build->link[i] = (struct link_settings){.id = build->links.id[i]};
        const char *type = schema_text(view, "type");
        if (type != NULL) {
            refuse_keys(build, view);
        }
        if (type != NULL && strcmp(type, "rtu") == 0) {
            read_serial(build, view, &build->link[i]);
        } else if (type != NULL) {
            read_tcp(build, view, &build->link[i]);
        }
        check_shared(build, i);
    }
    build->config->link_count = count;
    build->config->link = build->link;
}
