#include "gateway/base/ip_network.h"

#include <arpa/inet.h>
#include <string.h>

#include "gateway/base/parse.h"

enum { MAPPED_BYTES = 12, MAPPED_BITS = 96 };

static const uint8_t mapped[MAPPED_BYTES] = {[10] = 0xFF, [11] = 0xFF};

bool ip_address_of(const struct sockaddr *peer, struct ip_address *ret_address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (peer != NULL && peer->sa_family == AF_INET) {
        memcpy(&v4, peer, sizeof v4);
        memcpy(ret_address->bytes, mapped, MAPPED_BYTES);
        memcpy(ret_address->bytes + MAPPED_BYTES, &v4.sin_addr, sizeof v4.sin_addr);
        return true;
    }
    if (peer != NULL && peer->sa_family == AF_INET6) {
        memcpy(&v6, peer, sizeof v6);
        memcpy(ret_address->bytes, &v6.sin6_addr, sizeof ret_address->bytes);
        return true;
    }
    return false;
}

void ip_address_format(const struct ip_address *address, char to[static IP_ADDRESS_TEXT_MAX])
{
    bool is_v4 = memcmp(address->bytes, mapped, MAPPED_BYTES) == 0;
    CHECK(inet_ntop(is_v4 ? AF_INET : AF_INET6, address->bytes + (is_v4 ? MAPPED_BYTES : 0), to,
                    IP_ADDRESS_TEXT_MAX) != NULL);
}

/* `ret_skipped`: how many leading bits the text does not name. */
static bool parse_ip_address(const char *text, struct ip_address *ret_address, int32_t *ret_skipped)
{
    struct ip_address address;
    *ret_skipped = 0;
    if (inet_pton(AF_INET6, text, address.bytes) == 1) {
        *ret_address = address;
        return true;
    }
    memcpy(address.bytes, mapped, MAPPED_BYTES);
    if (inet_pton(AF_INET, text, address.bytes + MAPPED_BYTES) != 1) {
        return false;
    }
    *ret_address = address;
    *ret_skipped = MAPPED_BITS;
    return true;
}

static bool has_host_bits(const struct ip_network *network)
{
    for (int32_t bit = network->bits; bit < 128; bit++) {
        if ((network->base.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return true;
        }
    }
    return false;
}

bool ip_network_parse(const char *text, struct ip_network *ret_network)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t length = slash == NULL ? strlen(text) : (size_t) (slash - text);
    struct ip_network network;
    int32_t skipped = 0;
    if (length >= sizeof address) {
        return false;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    if (!parse_ip_address(address, &network.base, &skipped)) {
        return false;
    }
    int64_t bits = 128 - skipped;
    if (slash != NULL && !parse_int(slash + 1, 0, 128 - skipped, &bits)) {
        return false;
    }
    network.bits = (int32_t) bits + skipped;
    if (has_host_bits(&network)) {
        return false;
    }
    *ret_network = network;
    return true;
}

bool ip_network_has(const struct ip_network *network, const struct ip_address *address)
{
    size_t whole = (size_t) network->bits / 8;
    if (memcmp(address->bytes, network->base.bytes, whole) != 0) {
        return false;
    }
    uint32_t more = (uint32_t) network->bits % 8;
    uint32_t mask = 0xFF00U >> more & 0xFFU;
    return more == 0 || ((address->bytes[whole] ^ network->base.bytes[whole]) & mask) == 0;
}
