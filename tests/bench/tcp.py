"""Rows of many Modbus TCP links: CPU a transaction when saturated, an idle link's memory, and 1,000 links at 1 Hz."""
import os
import statistics
import subprocess
import time

from kit import (SATURATING_MS, TESTED, Effort, gateway, memory_kb, profile, row, saturating, sites_of, span, spent, tasks,
                 tcp_links, tcp_slave, tool, town, wait_for)

REGISTERS = 10


def bare(port, links, units, seconds):
    """CPU microseconds a transaction of the plain loop."""
    line = subprocess.run(["taskset", "-c", str(TESTED), tool("bare_libmodbus"), "127.0.0.1", str(port), str(links), str(units),
                           str(REGISTERS), str(seconds)], stdout=subprocess.PIPE, check=True).stdout.split()
    return float(line[2])


def saturated(folder, links, goal):
    """Rounds take turns: the daemon stands still while the plain loop runs. The polls ask for more than can be done."""
    seconds, units = Effort.of(4, 2), saturating(links)
    ours, theirs, rates = [], [], []
    with tcp_slave(folder) as (slave, port):
        bus = tcp_links(links, port)
        home, web = town(os.path.join(folder, "town"), profile(REGISTERS), bus, sites_of(bus, units, SATURATING_MS))
        with gateway(home, web) as daemon:
            for _ in range(Effort.of(5, 2)):
                daemon.resume()
                daemon.settle()
                cpu, count, wall = daemon.measure(seconds)
                ours.append(cpu * 1e6 / count)
                rates.append(count / wall)
                daemon.pause()
                theirs.append(bare(port, links, units, seconds))
            daemon.resume()
            slave.ask("fixed")
            daemon.settle()
            cpu, count, _ = daemon.measure(seconds)
    ratios = [a / b for a, b in zip(ours, theirs)]
    asked = links * units * 1000 // SATURATING_MS
    return [row(f"CPU a Modbus TCP transaction, whole daemon / bare libmodbus, {links} links", statistics.median(ratios), goal,
                f"{min(ratios):.2f}..{max(ratios):.2f}; {span(ours, '.1f')} us against {span(theirs, '.1f')} us; "
                f"{statistics.median(rates):.0f} of {asked} asked/s; {cpu * 1e6 / count:.1f} us when no value ever changes")]


def cpu_100_links(folder):
    """100 links, as fast as they go: the whole daemon against a bare blocking loop of libmodbus."""
    return saturated(folder, 100, "<= 1.0")


def cpu_1000_links(folder):
    """1,000 links, as fast as they go."""
    return saturated(folder, 1000, "<= 0.7")


def idle_memory(folder, name, links, units, seconds=11, poll_ms=5000):
    """User memory (PSS, kB) of a daemon that has polled each device, and what the slave saw of all links. Each daemon is
    as old as the others when it is looked at: its journal grows."""
    with tcp_slave(folder, poll_ms=poll_ms, name=name + "-slave") as (slave, port):
        bus = tcp_links(links, port)
        home, web = town(os.path.join(folder, name), profile(1), bus, sites_of(bus, units, poll_ms))
        with gateway(home, web, name) as daemon:
            wait_for("replies of all devices", lambda: daemon.count("replies") > 1.5 * links * units, 60, 0.5)
            slave.ask("start")
            before = daemon.metrics()
            time.sleep(seconds)
            seen, after = slave.ask("stop"), daemon.metrics()
            lost = {what: after[f"huoyan_modbus_{what}_total"] - before[f"huoyan_modbus_{what}_total"] for what in ("timeouts", "damaged")}
            return memory_kb(daemon.pid), seen, lost


def many_links(folder):
    """What one more link costs, all else equal: 4,000 devices of one point on 4,000 links and on 1,000; and with its
    device, point and rule: 4,000 links of one device against 1,000."""
    most, seen, lost = idle_memory(folder, "most", 4000, 1)
    shared, _, _ = idle_memory(folder, "shared", 1000, 4)
    fewer, _, _ = idle_memory(folder, "fewer", 1000, 1)
    link, whole = (most - shared) / 3000, (most - fewer) / 3000
    is_well = seen["connections"] == seen["asked"] == 4000 and not any(lost.values())
    return [row("user memory (PSS) of an idle TCP link, the same 4,000 devices on more links (kB)", link, "<= 2",
                f"with its device, point and rule {whole:.2f}; {most} kB for 4,000 links, {shared} and {fewer} for 1,000"),
            row("4,000 TCP links: all up, all polled, nothing lost (1: yes)", float(is_well), ">= 1",
                f"{seen['connections']} connected, {seen['asked']} asked, {lost['timeouts']:.0f} timeouts, {lost['damaged']:.0f} damaged")]


def links_1000_at_1_hz(folder):
    """1,000 links polled each second: CPU, and how late the requests leave by the slave's clock."""
    seconds = Effort.of(20, 6)
    with tcp_slave(folder, poll_ms=1000) as (slave, port):
        bus = tcp_links(1000, port)
        home, web = town(os.path.join(folder, "town"), profile(REGISTERS), bus, sites_of(bus, 1, 1000))
        with gateway(home, web) as daemon:
            wait_for("replies", lambda: daemon.count("replies") > 5000, pause=0.5)
            before = {name: spent(daemon.pid, name) for _, name in tasks(daemon.pid)}
            slave.ask("start")
            at = time.monotonic()
            time.sleep(seconds)
            wall = time.monotonic() - at
            seen = slave.ask("stop")
            share = {name: (spent(daemon.pid, name) - cpu) / wall * 100 for name, cpu in before.items()}
    late = seen["lateness_us"]
    rest = ", ".join(f"{name} {percent:.1f}" for name, percent in sorted(share.items(), key=lambda item: -item[1]) if percent >= 0.1)
    return [row("1,000 TCP links x 10 registers x 1 Hz, polling (% of a core)", share["huoyan-wire"], "<= 3",
                f"threads: {rest}; whole daemon {sum(share.values()):.1f} %; {seen['requests'] / wall:.0f} requests/s"),
            row("the same, lateness beyond the 10 ms grid at the slave, p99 (ms)", late["p99"] / 1000, "<= 0.5",
                f"p50 {late['p50'] / 1000:.2f}, max {late['max'] / 1000:.2f}, {late['count']} requests")]
