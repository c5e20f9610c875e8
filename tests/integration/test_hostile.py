"""Devices and lines that go wrong in every way the simulator knows, on every kind of link: never a wrong value, and the
values come back when the fault is over."""
import os
import time

from daemon import Daemon
from peers import wait_until
from simulator import CODED, Lines, Simulator, expect_no_wrong_value, is_mbpoll_served

SERIAL = ("rtu", "rtu_over_tcp", "dtu")
# What each fault leaves: the kinds of link on which values go on as if nothing were wrong.
HARMLESS = {"split": Lines.KINDS, "glued": Lines.KINDS, "trickle": Lines.KINDS, "echo": SERIAL,
            "zeros": SERIAL, "imei": SERIAL, "heartbeat_before": SERIAL,
            "heartbeat_inside": ("dtu",), "wrong_echo": Lines.KINDS, "no_effect": Lines.KINDS}
FAULTS = ("silent", "late 400ms", "garbage", "crc", "wrong_unit", "exception 4", "exception 6",
          "exception 11", "split", "glued", "short", "echo", "zeros", "heartbeat_before",
          "heartbeat_inside", "imei", "wrong_count", "fewer", "crc_swapped", "wrong_transaction",
          "trickle", "close", "wrong_echo", "no_effect")
FAULT_S = 1.0
BACK_S = 70  # the longest pause is that before a refused address is tried again: a minute


class HostileDaemon(Daemon):
    def start(self):
        self.began_ms = int(time.time() * 1000) - 1000
        return super().start()

    def value(self, lines, kind):
        now = self.point(lines.point(kind))
        return now["value"] if now["quality"] == "good" else None

    def wait_newer(self, lines, kind, seconds=BACK_S, more=1):
        """Values that were asked for from now on."""
        before = self.point(lines.point(kind))["good_at"]

        def is_newer():
            now = self.point(lines.point(kind))
            return now["quality"] == "good" and now["good_at"] > (before or "")

        for _ in range(more):
            wait_until(is_newer, seconds, f"{kind} is read")
            before = self.point(lines.point(kind))["good_at"]


def fits(fault, kind):
    if fault in ("echo", "crc_swapped"):
        return kind != "tcp"
    return fault != "wrong_transaction" or kind == "tcp"


def play(simulator, gateway, lines, fault):
    """The fault on all lines at once for a while."""
    name = fault.split()[0]
    hit = [kind for kind in lines.kinds if fits(name, kind)]
    for kind in hit:
        simulator.tell(f"fault {kind} 1 {fault}")
    try:
        if name in HARMLESS:
            for kind in set(hit) & set(HARMLESS[name]):
                gateway.wait_newer(lines, kind, 5, more=3)
        time.sleep(FAULT_S)  # for so long it may do its worst
    finally:
        for kind in hit:
            simulator.tell(f"fault {kind} 1 none")
    for kind in lines.kinds:
        gateway.wait_newer(lines, kind)
        expect_no_wrong_value(gateway, lines, kind)


def play_all(directory, kinds, faults):
    lines = Lines(directory, kinds)
    with Simulator(directory, lines.slaves) as simulator, \
            HostileDaemon(directory, lines.config(), [CODED]) as gateway:
        for kind in kinds:
            gateway.wait_newer(lines, kind, 20)
        for fault in faults:
            began = time.monotonic()
            play(simulator, gateway, lines, fault)
            print(f"{' '.join(kinds)}: {fault} ({time.monotonic() - began:.1f} s)", flush=True)


def test_no_fault_of_a_device_becomes_a_value(directory):
    play_all(directory, ("tcp", "rtu", "rtu_over_tcp"), FAULTS)


def test_no_fault_behind_a_dtu_becomes_a_value(directory):
    play_all(directory, ("dtu",), FAULTS[:len(FAULTS) // 2])


def test_no_fault_on_the_way_of_a_dtu_becomes_a_value(directory):
    play_all(directory, ("dtu",), FAULTS[len(FAULTS) // 2:])


def test_a_refused_block_is_asked_again_within_a_minute(directory):
    """An address that the device refuses is left alone for long, but not for ever: it may have been noise."""
    play_all(directory, ("tcp", "rtu"), ["exception 2"])


def test_all_faults_in_turn_leave_only_right_values(directory):
    """Half of all answers are wrong in a way that is drawn each time. A silence on a serial line costs 5 s, so few come."""
    lines = Lines(directory)
    with Simulator(directory, lines.slaves) as simulator, \
            HostileDaemon(directory, lines.config(), [CODED]) as gateway:
        for kind in lines.kinds:
            gateway.wait_newer(lines, kind, 20)
            simulator.tell(f"fault {kind} 1 any 0.5")
        time.sleep(12)
        simulator.tell("fault * 1 none")
        for kind in lines.kinds:
            gateway.wait_newer(lines, kind)
            assert expect_no_wrong_value(gateway, lines, kind) > 1, kind


def test_a_line_that_goes_away_comes_back(directory):
    """Connections refused, a DTU that stays away, an adapter that is pulled and gets another number."""
    lines = Lines(directory)
    with Simulator(directory, lines.slaves) as simulator, \
            HostileDaemon(directory, lines.config(), [CODED]) as gateway:
        for kind in lines.kinds:
            gateway.wait_newer(lines, kind, 20)
        before = os.readlink(lines.tty)
        simulator.tell("line * away")
        for kind in lines.kinds:
            gateway.wait_point(lambda now: now["quality"] == "no_answer", f"{kind} is gone", 20,
                               point=lines.point(kind))
        simulator.tell("line * none")
        for kind in lines.kinds:
            gateway.wait_newer(lines, kind)
            expect_no_wrong_value(gateway, lines, kind)
        assert os.readlink(lines.tty) != before


def test_connections_that_are_closed_again_and_again_do_no_harm(directory):
    lines = Lines(directory, ("tcp", "rtu_over_tcp"))
    with Simulator(directory, lines.slaves) as simulator, \
            HostileDaemon(directory, lines.config(), [CODED]) as gateway:
        for _ in range(5):
            for kind in lines.kinds:
                gateway.wait_newer(lines, kind)
            simulator.tell("hang_up *")
        for kind in lines.kinds:
            gateway.wait_newer(lines, kind)
            expect_no_wrong_value(gateway, lines, kind)


def test_a_server_of_one_client_serves_us_while_others_knock(directory):
    lines = Lines(directory, ("tcp",))
    lines.slaves[0]["faults"] = [{"fault": "one_client"}]
    with Simulator(directory, lines.slaves), \
            HostileDaemon(directory, lines.config(), [CODED]) as gateway:
        gateway.wait_newer(lines, "tcp", 20)
        for _ in range(3):
            assert not is_mbpoll_served(lines.ports["tcp"])
            gateway.wait_newer(lines, "tcp", 5)
        assert gateway.get("/api/v1/links")[0]["up"]
        gateway.stop(5)
        wait_until(lambda: is_mbpoll_served(lines.ports["tcp"]), 5, "the place is free")


def test_a_dtu_that_dials_anew_takes_over_from_its_lost_connection(directory):
    """The old connection stays open and mute, as when a mobile network has forgotten it."""
    lines = Lines(directory, ("dtu",))
    with Simulator(directory, lines.slaves) as simulator, \
            HostileDaemon(directory, lines.config(), [CODED]) as gateway:
        gateway.wait_newer(lines, "dtu", 20)
        simulator.tell("redial dtu")
        gateway.wait_newer(lines, "dtu", 10, more=3)
        expect_no_wrong_value(gateway, lines, "dtu")


def test_a_dtu_that_says_its_name_before_each_packet_is_read(directory):
    for mode in ("every", "both"):
        where = os.path.join(directory, mode)
        os.mkdir(where)
        lines = Lines(where, ("dtu",), mode=mode)
        config = lines.config()
        config["links"][0]["mode"] = mode
        with Simulator(where, lines.slaves) as simulator, \
                HostileDaemon(where, config, [CODED]) as gateway:
            gateway.wait_newer(lines, "dtu", 20, more=3)
            simulator.tell("hang_up dtu")
            gateway.wait_newer(lines, "dtu", 20, more=3)
            expect_no_wrong_value(gateway, lines, "dtu")
