#include "sensors/transport/tcp.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/expect.h"

static void each_attempt_tries_another_address(void **state)
{
    (void) state;
    struct sockaddr_in first = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct sockaddr_in second = {.sin_family = AF_INET, .sin_port = htons(2)};
    struct addrinfo b = {.ai_addr = (struct sockaddr *) &second, .ai_addrlen = sizeof second};
    struct addrinfo a = {
        .ai_addr = (struct sockaddr *) &first, .ai_addrlen = sizeof first, .ai_next = &b};
    for (uint32_t i = 0; i < 6; i++) {
        struct net_address address;
        struct sockaddr_in chosen;
        assert_true(tcp_pick(&a, i, &address));
        memcpy(&chosen, &address.storage, sizeof chosen);
        assert_int_equal(ntohs(chosen.sin_port), 1 + i % 2);
    }
    struct net_address address;
    assert_false(tcp_pick(NULL, 0, &address));
}

static void pauses_grow_from_one_second_to_thirty(void **state)
{
    (void) state;
    assert_true(tcp_pause(0, 0) == US_PER_SECOND);
    assert_true(tcp_pause(1, 0) == 2 * US_PER_SECOND);
    assert_true(tcp_pause(4, 0) == 16 * US_PER_SECOND);
    assert_true(tcp_pause(5, 1) == 30 * US_PER_SECOND);
    assert_true(tcp_pause(UINT32_MAX, 1) == 30 * US_PER_SECOND);
    assert_true(tcp_pause(0, 0.5) == US_PER_SECOND * 9 / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attempt_tries_another_address),
        cmocka_unit_test(pauses_grow_from_one_second_to_thirty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
