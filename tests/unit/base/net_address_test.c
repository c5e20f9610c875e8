#include "gateway/base/net_address.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/expect.h"

static void literals_need_no_look_up_and_names_do(void **state)
{
    (void) state;
    struct net_address address;
    assert_true(net_address_parse_host("192.0.2.7", 502, &address));
    assert_int_equal(address.storage.ss_family, AF_INET);
    assert_true(net_address_parse_host("::1", 502, &address));
    assert_int_equal(address.storage.ss_family, AF_INET6);
    assert_false(net_address_parse_host("gateway.local", 502, &address));
    assert_false(net_address_parse_host("192.0.2", 502, &address));
    assert_false(net_address_parse_host("", 502, &address));
}

static void an_address_is_named_as_one_writes_it(void **state)
{
    (void) state;
    assert_string_equal(net_name("192.0.2.10", 502).text, "192.0.2.10:502");
    assert_string_equal(net_name("::1", 1).text, "[::1]:1");
    assert_string_equal(net_name("gw.lan", 65535).text, "gw.lan:65535");
}

static void an_address_has_a_port_and_ipv6_has_brackets(void **state)
{
    (void) state;
    struct net_address address;
    assert_true(net_address_parse("0.0.0.0:9700", 1, &address));
    assert_int_equal(address.storage.ss_family, AF_INET);
    assert_int_equal(net_address_port(&address), 9700);
    assert_true(net_address_parse("[2001:db8::1]:65535", 1, &address));
    assert_int_equal(address.storage.ss_family, AF_INET6);
    assert_int_equal(net_address_port(&address), 65535);
    net_address_set_port(&address, 502);
    assert_int_equal(net_address_port(&address), 502);
    static const char *const wrong[] = {
        "",        "9700",  ":9700",      "1.2.3.4",  "1.2.3.4:",   "1.2.3.4:65536", "1.2.3.4:-1",
        "::1:502", "[::1",  "[::1:502",   "[::1]502", "[]:502",     "[1.2.3.4]:502", "host.lan:502",
        "[:502",   "]:502", "1.2.3.4 :1", "1.2.3:1",  "[::1]]:502", "1.2.3.4:502 "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(net_address_parse(wrong[i], 0, &address));
    }
    assert_int_equal(net_address_port(&address), 502); /* untouched */
}

static void port_0_is_for_who_may_take_any(void **state)
{
    (void) state;
    struct net_address address;
    assert_false(net_address_parse("127.0.0.1:0", 1, &address));
    assert_true(net_address_parse("127.0.0.1:0", 0, &address));
}

static void loopback_is_127_and_the_one_of_ipv6(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        bool is_loopback;
    } cases[] = {{"127.0.0.1:1", true}, {"127.9.9.9:1", true}, {"128.0.0.1:1", false},
                 {"[::1]:1", true},     {"[::2]:1", false},    {"0.0.0.0:1", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct net_address address;
        assert_true(net_address_parse(cases[i].text, 1, &address));
        assert_int_equal(net_address_is_loopback(&address), cases[i].is_loopback);
    }
}

static void a_bound_port_is_refused_to_the_next(void **state)
{
    (void) state;
    struct net_address address;
    assert_true(net_address_parse("127.0.0.1:0", 0, &address));
    int fd = net_address_listen(&address, 1);
    assert_true(fd >= 0);
    net_address_set_port(&address, net_address_bound_port(fd));
    assert_int_equal(net_address_listen(&address, 1), -1);
    assert_int_equal(errno, EADDRINUSE);
    (void) close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_need_no_look_up_and_names_do),
        cmocka_unit_test(an_address_is_named_as_one_writes_it),
        cmocka_unit_test(an_address_has_a_port_and_ipv6_has_brackets),
        cmocka_unit_test(port_0_is_for_who_may_take_any),
        cmocka_unit_test(a_bound_port_is_refused_to_the_next),
        cmocka_unit_test(loopback_is_127_and_the_one_of_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
