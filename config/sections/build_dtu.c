#include "config/sections/build_dtu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/sections/sections.h"
#include "gateway/base/ip_network.h"
#include "sensors/dtu/dtu_listener.h"
#include "sensors/transport/tcp.h"

enum {
    SHORT_NAME = 4, /* bytes: a shorter text occurs by chance */
    STRANGERS_BESIDE = 64,
    STRANGERS_PER_ADDRESS_BESIDE = 16,
    LATENCY_MIN_MS = 2000, /* mobile networks take up to 3 s */
};

static bool uses_hex(struct schema_view view)
{
    return strcmp(schema_text(view, "encoding"), "hex") == 0;
}

/* False: it was refused. */
static bool read_dtu_bytes(struct build *build, const struct json *value, bool is_in_hex,
                           struct dtu_text *ret_text)
{
    uint8_t bytes[DTU_TEXT_MAX];
    size_t length = strlen(value->string);
    if (is_in_hex) {
        length = parse_hex(value->string, sizeof bytes, bytes);
    } else {
        memcpy(bytes, value->string, length); /* the table limits its length */
    }
    if (length == 0) {
        reader_refuse(build->reader, value,
                      "'%s' is not hexadecimal: write two digits a byte, such as 7E 80 0D",
                      value->string);
        return false;
    }
    uint8_t *kept = arena_take(build->arena, length, 1);
    memcpy(kept, bytes, length);
    *ret_text = (struct dtu_text){(int32_t) length, kept};
    return true;
}

/* The heartbeats of this section, then those of all DTUs. */
static void read_heartbeats(struct build *build, struct schema_view view, int32_t *ret_count,
                            const struct dtu_text **ret_heartbeat)
{
    struct reader_items items = schema_items(build->scratch, view, "heartbeats");
    size_t max = (size_t) items.count + (size_t) build->heartbeat_count;
    struct dtu_text *heartbeat = arena_take(build->arena, max, sizeof *heartbeat);
    int32_t count = 0;
    for (int32_t i = 0; i < items.count; i++) {
        count += read_dtu_bytes(build, items.item[i], uses_hex(view), &heartbeat[count]);
    }
    for (int32_t i = 0; i < build->heartbeat_count; i++) {
        heartbeat[count++] = build->heartbeat[i];
    }
    *ret_count = count;
    *ret_heartbeat = heartbeat;
}

void build_dtu_read_shared(struct build *build)
{
    struct schema_view view = schema_view("/dtu", reader_section(build->reader, "dtu"));
    read_heartbeats(build, view, &build->heartbeat_count, &build->heartbeat);
    const struct json *heartbeats = schema_value(view, "heartbeats");
    if (uses_hex(view) && (heartbeats == NULL || heartbeats->count == 0)) {
        reader_warn(build->reader, schema_value(view, "encoding"),
                    "has no effect: there are no 'heartbeats' beside it");
    }
}

static void read_registration(struct build *build, struct schema_view view,
                              struct link_settings *link, struct dtu_settings *dtu)
{
    const struct json *value = schema_value(view, "registration");
    schema_require(build->reader, view.object, "registration",
                   "the text that the DTU sends when it dials in");
    if (value == NULL || !read_dtu_bytes(build, value, uses_hex(view), &dtu->registration)) {
        return;
    }
    (void) snprintf(link->address, sizeof link->address, "%s", value->string);
    if (dtu->registration.length < SHORT_NAME) {
        reader_warn(build->reader, value,
                    "is so short that another device may send it by chance; use 8 bytes or more");
    }
}

static int32_t read_dtu_latency(struct build *build, struct schema_view view)
{
    const struct json *value = schema_value(view, "latency");
    ms_t latency = value == NULL ? LATENCY_MIN_MS : schema_span(view, "latency");
    if (value == NULL) {
        build_derive(build, view, "latency", "\"%ds\"", LATENCY_MIN_MS / 1000);
    } else if (latency < LATENCY_MIN_MS) {
        reader_refuse(build->reader, value,
                      "must be 2s or more: mobile networks take 0.2 to 3 s, and a late answer is "
                      "lost");
    }
    return (int32_t) latency;
}

void build_dtu_read_link(struct build *build, struct schema_view view, struct link_settings *link)
{
    static const enum dtu_mode modes[] = {DTU_ONCE, DTU_EVERY, DTU_BOTH};
    struct dtu_settings *dtu = arena_take(build->arena, 1, sizeof *dtu);
    link->latency_ms = read_dtu_latency(build, view);
    link->dtu = dtu;
    dtu->mode = modes[schema_choice_index(view, "mode")];
    dtu->idle_ms = (int32_t) schema_span(view, "idle");
    read_registration(build, view, link, dtu);
    read_heartbeats(build, view, &dtu->heartbeat_count, &dtu->heartbeat);
}

/* All configured DTUs may connect at once, also from one address: mobile operators hide thousands
 * of subscribers behind one. */
static int32_t read_limit(struct build *build, struct schema_view view, const char *key,
                          int32_t fallback)
{
    if (schema_value(view, key) != NULL) {
        return (int32_t) schema_integer(view, key);
    }
    build_derive(build, view, key, "%d", (int) fallback);
    return fallback;
}

static void read_limits(struct build *build, struct schema_view view, int32_t links,
                        struct dtu_listener_settings *listener)
{
    int32_t all = read_limit(build, view, "strangers", STRANGERS_BESIDE + 2 * links);
    int32_t usual = STRANGERS_PER_ADDRESS_BESIDE + links;
    int32_t from_source =
        read_limit(build, view, "strangers_per_address", usual < all ? usual : all);
    listener->limits.all = all;
    listener->limits.from_source = from_source;
    if (from_source > all) {
        reader_warn(build->reader, schema_value(view, "strangers_per_address"),
                    "has no effect: 'strangers' allows only %d in all", (int) all);
    }
}

static void read_sources(struct build *build, struct schema_view view,
                         struct dtu_listener_settings *listener)
{
    struct reader_items items = schema_items(build->scratch, view, "sources");
    struct ip_network *net = arena_take(build->arena, (size_t) items.count, sizeof *net);
    listener->net = net;
    for (int32_t i = 0; i < items.count; i++) {
        if (ip_network_parse(items.item[i]->string, &net[listener->net_count])) {
            listener->net_count++;
        } else {
            reader_refuse(build->reader, items.item[i],
                          "'%s' is not an address or network such as 10.1.0.0/16",
                          items.item[i]->string);
        }
    }
}

/* A link and the registration of its DTU. */
struct named {
    int32_t link;
    const struct dtu_text *registration;
};

static int compare_named(const void *a, const void *b)
{
    const struct dtu_text *one = ((const struct named *) a)->registration;
    const struct dtu_text *other = ((const struct named *) b)->registration;
    int32_t both = one->length < other->length ? one->length : other->length;
    int order = both == 0 ? 0 : memcmp(one->bytes, other->bytes, (size_t) both);
    return order != 0 ? order : (one->length > other->length) - (one->length < other->length);
}

static int32_t collect_named(const struct build *build, struct named *named)
{
    int32_t count = 0;
    for (int32_t i = 0; i < build->links.count; i++) {
        if (build->link[i].kind == LINK_DTU) {
            named[count++] = (struct named){i, &build->link[i].dtu->registration};
        }
    }
    return count;
}

/* One warning for all pairs: thousands of DTUs may share a prefix. */
static void warn_of_pairs(struct build *build, const struct named *first, int32_t pairs)
{
    char more[48] = "";
    if (pairs > 1) {
        (void) snprintf(more, sizeof more, " (and %d more pairs)", (int) pairs - 1);
    }
    reader_warn(build->reader, build->links.item[first[0].link],
                "the registration of '%s' is the beginning of that of '%s': if it arrives in two "
                "parts, the DTU is taken for the other one; give all registrations one length%s",
                build->links.id[first[0].link], build->links.id[first[1].link], more);
}

static void check_registrations(struct build *build, struct named *named, int32_t count)
{
    qsort(named, (size_t) count, sizeof *named, compare_named);
    const struct named *first = NULL;
    int32_t pairs = 0;
    for (int32_t i = 0; i + 1 < count; i++) {
        /* When sorted, a registration stands right before the first one that begins with it. */
        const struct dtu_text *text = named[i].registration;
        if (text->length > 0 &&
            dtu_text_may_follow(named[i + 1].registration, text->bytes, (size_t) text->length)) {
            first = first == NULL ? &named[i] : first;
            pairs++;
        }
    }
    if (first != NULL) {
        warn_of_pairs(build, first, pairs);
    }
}

void build_dtu_read_listener(struct build *build)
{
    struct named *named = arena_take(build->scratch, (size_t) build->links.count, sizeof *named);
    int32_t count = collect_named(build, named);
    const struct json *section = reader_section(build->reader, "dtu");
    if (count > 0) {
        check_registrations(build, named, count);
    }
    if (section == NULL && count > 0) {
        reader_refuse(build->reader, build->reader->file[0].root,
                      "needs 'dtu' with 'listen': there are links of type 'dtu'");
    }
    if (section == NULL) {
        return;
    }
    struct schema_view view = schema_view("/dtu", section);
    struct dtu_listener_settings *listener = arena_take(build->arena, 1, sizeof *listener);
    listener->listen = build_listen(build, view, "0.0.0.0:9700 or [::]:9700");
    read_sources(build, view, listener);
    read_limits(build, view, count, listener);
    if (count == 0) {
        reader_warn(build->reader, section,
                    "no link is of type 'dtu': the gateway does not listen");
        return;
    }
    build->config->listener = listener;
}
