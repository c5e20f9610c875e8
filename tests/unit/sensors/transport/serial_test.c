#include "sensors/transport/serial.h"

#include <fcntl.h>
#include <linux/serial.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/expect.h"

static struct link_settings settings_of(enum link_rs485 rs485)
{
    return (struct link_settings){.id = "bus",
                                  .kind = LINK_RTU,
                                  .baud = 9600,
                                  .parity = 'N',
                                  .stop_bits = 1,
                                  .rs485 = rs485,
                                  .rts_delay_ms = 3};
}

static void rts_is_as_asked_while_sending_and_the_other_way_round_after(void **state)
{
    (void) state;
    struct link_settings settings = settings_of(LINK_RS485_RTS_HIGH);
    struct serial_rs485 rs485;
    serial_rs485_of(&settings, &rs485);
    assert_int_equal(rs485.flags, SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND);
    assert_int_equal(rs485.delay_rts_before_send, 3);
    assert_int_equal(rs485.delay_rts_after_send, 3);
    settings.rs485 = LINK_RS485_RTS_LOW;
    serial_rs485_of(&settings, &rs485);
    assert_int_equal(rs485.flags, SER_RS485_ENABLED | SER_RS485_RTS_AFTER_SEND);
}

static int open_master(char path[static 108])
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, path, 108), 0);
    return master;
}

static void a_port_that_cannot_turn_the_line_is_not_used(void **state)
{
    (void) state;
    struct link_settings settings = settings_of(LINK_RS485_RTS_HIGH);
    int master = open_master(settings.address);
    char why[200];
    assert_int_equal(serial_open(&settings, why, sizeof why), -1);
    assert_non_null(strstr(why, "RS-485"));
    settings.rs485 = LINK_RS485_ADAPTER;
    int fd = serial_open(&settings, why, sizeof why); /* and it was given back */
    assert_true(fd >= 0);
    serial_close(fd);
    (void) close(master);
}

static void a_port_is_used_by_one_only(void **state)
{
    (void) state;
    struct link_settings settings = settings_of(LINK_RS485_ADAPTER);
    int master = open_master(settings.address);
    char why[200];
    int fd = serial_open(&settings, why, sizeof why);
    assert_true(fd >= 0);
    assert_int_equal(serial_open(&settings, why, sizeof why), -1);
    assert_non_null(strstr(why, "占用"));
    serial_close(fd);
    (void) close(master);
}

static void a_port_whose_other_end_is_gone_says_so(void **state)
{
    (void) state;
    struct link_settings settings = settings_of(LINK_RS485_ADAPTER);
    int master = open_master(settings.address);
    char why[200];
    int fd = serial_open(&settings, why, sizeof why);
    assert_false(serial_is_gone(fd));
    (void) close(master);
    assert_true(serial_is_gone(fd));
    serial_close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rts_is_as_asked_while_sending_and_the_other_way_round_after),
        cmocka_unit_test(a_port_that_cannot_turn_the_line_is_not_used),
        cmocka_unit_test(a_port_is_used_by_one_only),
        cmocka_unit_test(a_port_whose_other_end_is_gone_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
