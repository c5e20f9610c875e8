"""Rows of a serial bus: a pty where bytes come at the pace of the baud rate (paced_slave.c)."""
import contextlib
import time

from kit import Effort, gateway, profile, row, sites_of, steered, switches, tool, town, wait_for

WIRE = "huoyan-wire"


@contextlib.contextmanager
def line(folder, baud, units, poll_ms, registers, dead=0, latency_us=3000, jitter_us=1000):
    """A daemon that polls a bus of so many units: gives the bus and the daemon."""
    with steered([tool("paced_slave"), str(baud), str(latency_us), str(jitter_us), str(dead), str(poll_ms)], folder, "bus") as bus:
        link = {"id": "bus", "type": "rtu", "device": bus.hear()["path"], "baud": baud, "parity": "even"}
        model = profile(registers)
        model["timing"]["timeout_ms"] = 300
        home, web = town(f"{folder}/town", model, [link], sites_of([link], units, poll_ms))
        with gateway(home, web) as daemon:
            yield bus, daemon


def rtu_cycle(folder, baud, units, goal):
    """As fast as the wire goes: the cycle against what the wire takes, and what a transaction wakes."""
    with line(folder, baud, units, 20, 10) as (bus, daemon):
        wait_for("replies", lambda: daemon.count("replies") > 50, 60)
        bus.ask("start")
        woken, count = switches(daemon.pid, WIRE), daemon.count("requests")
        time.sleep(Effort.of(10, 5))
        woken, count = switches(daemon.pid, WIRE) - woken, daemon.count("requests") - count
        seen = bus.ask("stop")
        damaged = daemon.count("damaged") + daemon.count("timeouts")
    spread = (f"median; mean {seen['mean_ratio']:.3f}, {seen['cycle_us'] / 1000:.2f} of {seen['wire_us'] / 1000:.2f} ms (slave's own share {seen['own_us']:.0f} us), "
              f"{seen['cycles']} cycles, {damaged:.0f} failed, {seen['early']} within the silence")
    return [row(f"RTU cycle / wire time, {baud} baud, 10 registers", seen["ratio"], goal, spread),
            row(f"context switches a transaction, {baud} baud", woken / count, "<= 6", f"{woken} in {count:.0f} transactions")]


def rtu_9600(folder):
    """A saturated bus at 9600 baud."""
    return rtu_cycle(folder, 9600, 4, "<= 1.01")


def rtu_115200(folder):
    """A saturated bus at 115200 baud."""
    return rtu_cycle(folder, 115200, 8, "<= 1.03")


def one_dead_of_32(folder):
    """32 devices at 9600 baud, each asked every 2 s (half of the wire's time), one of them dead since ever: how many
    samples do the others lose, in the first minutes and later?"""
    units, poll_ms, first, later = 32, 2000, Effort.of(60, 40), Effort.of(45, 20)
    with line(folder, 9600, units, poll_ms, 2, dead=17) as (bus, _):
        wait_for("a first request", lambda: bus.ask("stop")["answered"] > 0)
        bus.ask("start")
        time.sleep(first)
        begin = bus.ask("stop")
        bus.ask("start")
        time.sleep(later)
        steady = bus.ask("stop")
    rows = []
    for name, seconds, seen in ((f"first {first} s", first, begin), (f"{later} s after that", later, steady)):
        due = (units - 1) * seconds * 1000 / poll_ms
        rows.append(row(f"32 devices at 9600 baud, one dead: samples lost of the others, {name} (%)", seen["lost"] / due * 100, "<= 1",
                        f"{seen['lost']} of {due:.0f}, at most {seen['worst_lost']} of one; the dead one was asked {seen['silent']} times"))
    return rows
