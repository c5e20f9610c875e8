#include "gateway/base/ip_network.h"

#include <netinet/in.h>
#include <string.h>

#include "gateway/base/net_address.h"
#include "tests/unit/expect.h"

static bool is_in(const char *address, const char *network)
{
    struct ip_network one;
    struct ip_network net;
    assert_true(ip_network_parse(address, &one));
    assert_true(ip_network_parse(network, &net));
    return ip_network_has(&net, &one.base);
}

static void an_address_is_in_its_network_only(void **state)
{
    (void) state;
    assert_true(is_in("10.1.2.3", "10.0.0.0/8"));
    assert_false(is_in("11.1.2.3", "10.0.0.0/8"));
    assert_true(is_in("192.0.2.7", "192.0.2.7"));
    assert_false(is_in("192.0.2.6", "192.0.2.7"));
    assert_true(is_in("10.1.159.1", "10.1.128.0/19"));
    assert_false(is_in("10.1.160.1", "10.1.128.0/19"));
    assert_true(is_in("10.1.2.3", "0.0.0.0/0"));
    assert_false(is_in("2001:db8::1", "0.0.0.0/0"));
    assert_true(is_in("2001:db8::1", "2001:db8::/32"));
    assert_false(is_in("2001:db9::1", "2001:db8::/32"));
    assert_true(is_in("2001:db9::1", "::/0"));
    assert_true(is_in("10.1.2.3", "::/0"));
}

static void what_is_no_network_is_refused(void **state)
{
    (void) state;
    static const char *const wrong[] = {"",           "10.0.0",        "10.0.0.0/33", "10.0.0.0/",
                                        "10.0.0.1/8", "10.0.0.0/-1",   "::/129",      "name",
                                        "10.0.0.0 ",  "2001:db8::1/32"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ip_network net;
        assert_false(ip_network_parse(wrong[i], &net));
    }
    char longer[200];
    memset(longer, '1', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    struct ip_network net;
    assert_false(ip_network_parse(longer, &net));
}

static void an_address_reads_as_it_is_written(void **state)
{
    (void) state;
    static const char *const written[][2] = {{"192.0.2.7", "192.0.2.7"},
                                             {"2001:db8::1", "2001:db8::1"},
                                             {"::ffff:192.0.2.7", "192.0.2.7"}};
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        struct net_address peer;
        struct ip_address address;
        char text[IP_ADDRESS_TEXT_MAX];
        assert_true(net_address_parse_host(written[i][0], 502, &peer));
        assert_true(ip_address_of((const struct sockaddr *) &peer.storage, &address));
        ip_address_format(&address, text);
        assert_string_equal(text, written[i][1]);
    }
}

static void a_peer_without_an_ip_address_has_none(void **state)
{
    (void) state;
    struct sockaddr_storage local = {.ss_family = AF_UNIX};
    struct ip_address address;
    assert_false(ip_address_of(NULL, &address));
    assert_false(ip_address_of((const struct sockaddr *) &local, &address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_in_its_network_only),
        cmocka_unit_test(what_is_no_network_is_refused),
        cmocka_unit_test(an_address_reads_as_it_is_written),
        cmocka_unit_test(a_peer_without_an_ip_address_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
