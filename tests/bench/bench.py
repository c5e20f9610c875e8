#!/usr/bin/python3
"""bench.py [--only NAME] - speed and memory of the release binary, as a table.

Every ratio has both sides measured in this run, interleaved, the simulated slave on one core and the thing under
test on the other. Absolute times of a shared machine mean nothing; ratios and their spread do."""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
BINARY = os.environ.get("HUOYAN", os.path.join(BUILD, "huoyan"))
ROUNDS = 5
SECONDS = 6


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, look, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.02)
    raise SystemExit(f"bench: did not come in {seconds} s: {what}")


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def start(arguments, core, folder, name):
    log = open(os.path.join(folder, name + ".log"), "wb")
    return subprocess.Popen(["taskset", "-c", str(core), *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
    raise SystemExit(f"bench: /metrics has no {name}")


def profile(points):
    """A device model of `points` holding registers in one block."""
    return {
        "profile": 1, "id": "bench", "rev": 1, "maker": "bench", "model": "bench", "kind": "temp_humidity", "status": "text",
        "sources": ["made for the bench"],
        "timing": {"timeout_ms": 1000, "gap_ms": 0, "min_poll_ms": 20, "poll_ms": 1000},
        "reads": [{"name": "all", "fc": 3, "addr": 0, "count": points}],
        "points": [{"key": f"p{i}", "read": "all", "at": i, "type": "uint16", "scale": 0.1, "unit": "degC", "quantity": "temperature",
                    "decimals": 1, "range": [-100, 7000]} for i in range(points)],
    }


def town(folder, web_port, links, sites, rules, sms):
    """Writes a config and returns its folder."""
    config = {
        "gateway": {"id": "bench", "name": "bench", "timezone": "Asia/Shanghai", "data_dir": os.path.join(folder, "data")},
        "web": {"listen": f"127.0.0.1:{web_port}"}, "sms": sms, "profiles": ["profiles/*.json"], "links": links, "sites": sites,
        "people": [{"id": "wang", "name": "王某", "phone": "+8613800000001"}],
        "areas": [{"id": "town", "level": "town", "name": "镇", "duty": ["wang"]},
                  {"id": "village", "level": "village", "parent": "town", "name": "村", "duty": ["wang"]},
                  {"id": "grid", "level": "grid", "parent": "village", "name": "网格", "duty": ["wang"]}],
        "escalation": {"group_wait": "0s", "settle": "0s"}, "rules": rules,
    }
    os.makedirs(os.path.join(folder, "profiles"))
    with open(os.path.join(folder, "huoyan.json"), "w") as f:
        json.dump(config, f, ensure_ascii=False)
    return folder


def hot_rule(limit):
    return {"id": "hot", "name": "高温", "applies_to": {"quantity": "temperature"}, "when": f"value >= {limit}", "clear": f"value < {limit - 1}",
            "hold": "0s", "clear_hold": "0s", "severity": "critical"}


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


def cpu_per_transaction(folder):
    """100 links, as fast as they go: the whole daemon against a bare blocking loop of libmodbus."""
    links, units, registers = 100, 20, 10
    port, web = free_port(), free_port()
    slave = start([BINARY, "simulate", slave_file(folder, port, units, registers)], 1, folder, "slave")
    wait_for("the simulated slave", lambda: listens(port))
    home = town(os.path.join(folder, "town"), web,
                [{"id": f"l{i}", "type": "tcp", "host": "127.0.0.1", "port": port} for i in range(links)],
                [{"id": f"s{i}", "kind": "warehouse", "name": f"{i}", "area": "grid",
                  "devices": [{"id": f"d{u}", "name": f"{u}", "link": f"l{i}", "unit": u, "profile": "bench", "poll": "20ms"}
                              for u in range(1, units + 1)]} for i in range(links)],
                [hot_rule(40)], {"driver": "console"})
    with open(os.path.join(home, "profiles", "bench.json"), "w") as f:
        json.dump(profile(registers), f)
    ours, bare, rates = [], [], []
    try:
        daemon = start([BINARY, "run", "-c", home], 0, folder, "daemon")
        wait_for("the daemon", lambda: listens(web))
        wait_for("replies", lambda: metric(web, "huoyan_modbus_replies_total") > 10 * links)
        for _ in range(ROUNDS):
            daemon.send_signal(signal.SIGCONT)
            time.sleep(1)
            cpu, count, at = cpu_of(daemon.pid), metric(web, "huoyan_modbus_replies_total"), time.monotonic()
            time.sleep(SECONDS)
            cpu, count, at = cpu_of(daemon.pid) - cpu, metric(web, "huoyan_modbus_replies_total") - count, time.monotonic() - at
            ours.append(cpu * 1e6 / count)
            rates.append(count / at)
            daemon.send_signal(signal.SIGSTOP)
            line = subprocess.run(["taskset", "-c", "0", os.path.join(BUILD, "bare_libmodbus"), "127.0.0.1", str(port), str(links), str(units),
                                   str(registers), str(SECONDS)], stdout=subprocess.PIPE, check=True).stdout.split()
            bare.append(float(line[2]))
        daemon.send_signal(signal.SIGCONT)
        stop(daemon)
    finally:
        stop(slave)
    ratios = [a / b for a, b in zip(ours, bare)]
    return [("CPU a Modbus TCP transaction, whole daemon / bare libmodbus, 100 links", statistics.median(ratios), "<= 1.0",
             statistics.median(ratios) <= 1.0,
             f"{min(ratios):.2f}..{max(ratios):.2f}; {statistics.median(ours):.1f} us against {statistics.median(bare):.1f} us; "
             f"{statistics.median(rates):.0f} transactions/s")]


def change_to_sms(folder):
    """A register changes; how long until the SMS lies in the outgoing spool?"""
    devices, poll_ms = 100, 1000
    port, web = free_port(), free_port()
    control = os.path.join(folder, "control.sock")
    slave = start([BINARY, "simulate", slave_file(folder, port, devices, 1, control)], 1, folder, "slave2")
    wait_for("the simulated slave", lambda: listens(port))
    spool = os.path.join(folder, "spool")
    places = {name: os.path.join(spool, name) for name in ("outgoing", "sent", "failed", "incoming", "report", "checked")}
    for place in places.values():
        os.makedirs(place)
    home = town(os.path.join(folder, "town2"), web, [{"id": "l0", "type": "tcp", "host": "127.0.0.1", "port": port}],
                [{"id": f"s{u}", "kind": "warehouse", "name": f"{u}", "area": "grid",
                  "devices": [{"id": "d", "name": f"{u}", "link": "l0", "unit": u, "profile": "bench", "poll": f"{poll_ms}ms"}]}
                 for u in range(1, devices + 1)],
                [hot_rule(40)], {"driver": "smsd", "signature": "应急", **places})
    with open(os.path.join(home, "profiles", "bench.json"), "w") as f:
        json.dump(profile(1), f)
    daemon = start([BINARY, "run", "-c", home], 0, folder, "daemon2")
    delays = []
    phase = random.Random(1)
    try:
        wait_for("the daemon", lambda: listens(web))
        wait_for("replies", lambda: metric(web, "huoyan_modbus_replies_total") > 3 * devices)
        with socket.socket(socket.AF_UNIX) as steer:
            steer.connect(control)
            for unit in range(1, devices + 1):
                seen = len(os.listdir(places["outgoing"]))
                time.sleep(phase.random() * poll_ms / 1000)
                at = time.monotonic()
                steer.sendall(f"set 0 {unit} 3 0 450\n".encode())
                end = at + 10
                while len(os.listdir(places["outgoing"])) == seen and time.monotonic() < end:
                    time.sleep(0.001)
                delays.append((time.monotonic() - at) * 1000)
    finally:
        stop(daemon)
        stop(slave)
    delays.sort()
    p99 = delays[int(len(delays) * 0.99) - 1]
    return [("sensor change to SMS in the spool, p99 (ms)", p99, f"<= {poll_ms + 300}", p99 <= poll_ms + 300,
             f"{len(delays)} changes, poll {poll_ms} ms, p50 {delays[len(delays) // 2]:.0f}, max {delays[-1]:.0f}")]


def size(folder):
    """Memory of 100 idle points before any login, and the stripped binary."""
    port, web = free_port(), free_port()
    slave = start([BINARY, "simulate", slave_file(folder, port, 50, 2)], 1, folder, "slave3")
    wait_for("the simulated slave", lambda: listens(port))
    home = town(os.path.join(folder, "town3"), web, [{"id": "l0", "type": "tcp", "host": "127.0.0.1", "port": port}],
                [{"id": f"s{u}", "kind": "warehouse", "name": f"{u}", "area": "grid",
                  "devices": [{"id": "d", "name": f"{u}", "link": "l0", "unit": u, "profile": "bench", "poll": "5s"}]} for u in range(1, 51)],
                [hot_rule(40), {"id": "mean", "name": "日均高", "applies_to": {"quantity": "temperature"}, "when": "avg(value, 24h) > 35",
                                "severity": "minor"}], {"driver": "console"})
    with open(os.path.join(home, "profiles", "bench.json"), "w") as f:
        json.dump(profile(2), f)
    daemon = start([BINARY, "run", "-c", home], 0, folder, "daemon3")
    try:
        wait_for("the daemon", lambda: listens(web))
        time.sleep(30)
        with open(f"/proc/{daemon.pid}/status") as f:
            rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024
    finally:
        stop(daemon)
        stop(slave)
    stripped = os.path.join(folder, "huoyan")
    subprocess.run(["strip", "-o", stripped, BINARY], check=True)
    megabytes = os.path.getsize(stripped) / 2**20
    return [("resident memory, 100 points with a 24-hour window, idle, no login (MB)", rss, "<= 16", rss <= 16, "after 30 s"),
            ("stripped release binary (MB)", megabytes, "<= 3", megabytes <= 3, "")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    only = parser.parse_args().only
    held = True
    print(f"{'what':<74} {'measured':>9} {'held to':>9}      spread")
    for job in (cpu_per_transaction, change_to_sms, size):
        if only and job.__name__ != only:
            continue
        folder = tempfile.mkdtemp(prefix="huoyan-bench-")
        try:
            for what, value, goal, is_held, spread in job(folder):
                held = held and is_held
                print(f"{what:<74} {value:>9.2f} {goal:>9} {'ok ' if is_held else 'NO '} {spread}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
