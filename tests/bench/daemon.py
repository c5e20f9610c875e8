"""Rows of the whole daemon: from a register to the SMS, and how big it is."""
import json
import os
import random
import socket
import subprocess
import time

from kit import BINARY, FEEDING, Effort, free_port, gateway, hot_rule, listens, profile, row, started, town, wait_for


def slave_file(folder, port, units, registers, control=None):
    """A simulated slave with `registers` holding registers of 25.0 in each unit."""
    script = {"slaves": [{"listen": f"127.0.0.1:{port}", "units": [
        {"unit": unit, "registers": [{"fc": 3, "address": a, "type": "uint16", "scale": 0.1, "value": 25.0} for a in range(registers)]}
        for unit in range(1, units + 1)]}]}
    if control:
        script["control"] = control
    path = os.path.join(folder, "sensors.json")
    with open(path, "w") as f:
        json.dump(script, f)
    return path


def one_link(port, devices, poll):
    link = {"id": "l0", "type": "tcp", "host": "127.0.0.1", "port": port}
    sites = [{"id": f"s{u}", "kind": "warehouse", "name": f"{u}", "area": "grid",
              "devices": [{"id": "d", "name": f"{u}", "link": "l0", "unit": u, "profile": "bench", "poll": poll}]}
             for u in range(1, devices + 1)]
    return [link], sites


def delays_of(control, outgoing, devices, poll_ms):
    """Raises one device after the other; milliseconds until a message lies in the spool."""
    delays = []
    phase = random.Random(1)
    with socket.socket(socket.AF_UNIX) as steer:
        steer.connect(control)
        for unit in range(1, devices + 1):
            seen = len(os.listdir(outgoing))
            time.sleep(phase.random() * poll_ms / 1000)
            at = time.monotonic()
            steer.sendall(f"set 0 {unit} 3 0 450\n".encode())
            while len(os.listdir(outgoing)) == seen and time.monotonic() < at + 10:
                time.sleep(0.001)
            delays.append((time.monotonic() - at) * 1000)
    return sorted(delays)


def change_to_sms(folder):
    """A register changes; how long until the SMS lies in the outgoing spool?"""
    devices, poll_ms = Effort.of(100, 20), 1000
    port = free_port()
    control = os.path.join(folder, "control.sock")
    places = {name: os.path.join(folder, "spool", name) for name in ("outgoing", "sent", "failed", "incoming", "report", "checked")}
    for place in places.values():
        os.makedirs(place)
    links, sites = one_link(port, devices, f"{poll_ms}ms")
    home, web = town(os.path.join(folder, "town"), profile(1), links, sites, sms={"driver": "smsd", "signature": "应急", **places})
    with started([BINARY, "simulate", slave_file(folder, port, devices, 1, control)], FEEDING, folder, "slave"):
        wait_for("the simulated slave", lambda: listens(port))
        with gateway(home, web) as daemon:
            wait_for("replies", lambda: daemon.count("replies") > 3 * devices)
            delays = delays_of(control, places["outgoing"], devices, poll_ms)
    p99 = delays[max(0, int(len(delays) * 0.99) - 1)]
    return [row("sensor change to SMS in the spool, p99 (ms)", p99, f"<= {poll_ms + 300}",
                f"{len(delays)} changes, poll {poll_ms} ms, p50 {delays[len(delays) // 2]:.0f}, max {delays[-1]:.0f}")]


def size(folder):
    """Memory of 100 idle points before any login, and the stripped binary."""
    port = free_port()
    links, sites = one_link(port, 50, "5s")
    mean = {"id": "mean", "name": "日均高", "applies_to": {"quantity": "temperature"}, "when": "avg(value, 24h) > 35", "severity": "minor"}
    home, web = town(os.path.join(folder, "town"), profile(2), links, sites, rules=[hot_rule(40), mean])
    with started([BINARY, "simulate", slave_file(folder, port, 50, 2)], FEEDING, folder, "slave"):
        wait_for("the simulated slave", lambda: listens(port))
        with gateway(home, web) as daemon:
            seconds = Effort.of(20, 10)
            time.sleep(seconds)
            with open(f"/proc/{daemon.pid}/status") as f:
                rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024
    stripped = os.path.join(folder, "huoyan")
    subprocess.run(["strip", "-o", stripped, BINARY], check=True)
    return [row("resident memory, 100 points with a 24-hour window, idle, no login (MB)", rss, "<= 16", f"after {seconds} s"),
            row("stripped release binary (MB)", os.path.getsize(stripped) / 2**20, "<= 3", "")]
