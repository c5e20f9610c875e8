/* path_fuzz.c - any text as a path, an argument, an address. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/ip_network.h"
#include "gateway/base/net_address.h"
#include "gateway/io/auth/login_throttle.h"
#include "gateway/io/web/asset.h"
#include "gateway/io/web/page/api.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/time_argument.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_moment(const char *text)
{
    static const struct zone zone = {
        .name = "Asia/Shanghai", .count = 1, .change = {{.from = INT64_MIN, .offset = 28800000}}};
    ms_t at = 0;
    ms_t again = 0;
    char iso[ZONE_ISO_MAX];
    if (time_argument_parse(&zone, text, &at)) {
        zone_format_iso(&zone, at, iso);
        CHECK(at >= 0 &&
              (at > 253402271999999 || (time_argument_parse(&zone, iso, &again) && again == at)));
    }
}

/* What was read is written so that it reads the same again. */
static void check_addresses(const char *text)
{
    struct net_address address;
    if (net_address_parse(text, 1, &address)) {
        CHECK(net_address_port(&address) >= 1 && address.length > 0);
    }
    struct ip_network network;
    struct ip_network again;
    char written[IP_ADDRESS_TEXT_MAX];
    if (ip_network_parse(text, &network)) {
        CHECK(ip_network_has(&network, &network.base));
        ip_address_format(&network.base, written);
        CHECK(ip_network_parse(written, &again));
        CHECK(memcmp(&again.base, &network.base, sizeof network.base) == 0 && again.bits == 128);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct web_asset assets[] = {{"/", "", NULL, 0}, {"/assets/app.js", "", NULL, 0}};
    char *path = malloc(length + 1);
    CHECK(path != NULL);
    memcpy(path, bytes, length);
    path[length] = '\0';

    struct route_match match = api_find_route(path);
    CHECK((match.route->kind == ROUTE_ABSENT) == (match.route->sentence != NULL));
    CHECK((match.route->kind == ROUTE_PAGE) == (match.route->answer != NULL));
    CHECK(memchr(match.id, '\0', sizeof match.id) != NULL);
    (void) asset_find(assets, 2, path);
    check_moment(path);
    check_addresses(path);
    unsigned states = 0;
    CHECK(!page_read_states(path, &states) ||
          (states != 0 && states < 1U << INCIDENT_STATE_COUNT) || path[0] == ',');
    char key[LOGIN_THROTTLE_KEY_MAX];
    login_throttle_address_key(path, key);
    free(path);
    return 0;
}
