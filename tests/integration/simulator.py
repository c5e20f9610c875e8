"""Our own simulator as a peer: lines of every kind whose registers say what they were asked for, faults by hand."""
import contextlib
import json
import os
import socket
import subprocess

import town
from peers import Program, binary, free_port

# A block of three registers: who was asked what for which time, and on which line.
UNIT = 1
CODES = [{"unit": UNIT, "registers": [{"fc": 3, "address": 0, "type": "code"},
                                      {"fc": 3, "address": 2, "type": "line"}]}]

CODED = {**town.COUNTER, "id": "coded", "model": "coded",
         "timing": {**town.COUNTER["timing"], "timeout_ms": 150, "min_poll_ms": 20, "poll_ms": 60},
         "reads": [{"name": "all", "fc": 3, "addr": 0, "count": 3}],
         "points": [{**town.COUNTER["points"][0], "key": "code", "type": "uint32", "order": "ABCD",
                     "quantity": "count", "range": [0, 4294967295]},
                    {**town.COUNTER["points"][0], "key": "line", "at": 2, "quantity": "stock"}]}


class Simulator(Program):
    """huoyan simulate; `slaves` as in sensors/SIMULATOR.md. Ports are the caller's."""

    name = "simulator"

    def __init__(self, directory, slaves):
        super().__init__(directory)
        self.control = self.path("control.sock")
        with open(self.path("plan.json"), "w", encoding="utf-8") as file:
            json.dump({"control": self.control, "slaves": slaves}, file)

    def command(self):
        return [binary(), "simulate", self.path("plan.json")]

    def is_ready(self):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(self.control)
            return True
        return False

    def tell(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(self.control)
            client.sendall(command.encode() + b"\n")
            answer = client.makefile().readline().strip()
        assert answer == "ok", (command, answer)


class Lines:
    """One line of each kind, each with a device of the daemon: the simulator's slaves and the daemon's config."""

    KINDS = ("tcp", "rtu", "rtu_over_tcp", "dtu")

    def __init__(self, directory, kinds=KINDS, **dtu):
        self.kinds = kinds
        self.door = free_port()
        self.ports = {kind: free_port() for kind in kinds}
        self.tty = os.path.join(directory, "tty")
        self.dtu = dtu
        self.slaves = [self.slave(kind) for kind in kinds]

    def slave(self, kind):
        listen = f"127.0.0.1:{self.ports[kind]}"
        way = {"tcp": {"listen": listen}, "rtu": {"pty": self.tty},
               "rtu_over_tcp": {"listen": listen, "framing": "rtu"},
               "dtu": {"dial": f"127.0.0.1:{self.door}", "registration": "LOGIN:7",
                       "heartbeat": "ping", "heartbeat_every": "300ms", "reconnect": "200ms",
                       **self.dtu}}[kind]
        return {"id": kind, "units": CODES, **way}

    def link(self, kind):
        way = {"tcp": {"host": "127.0.0.1", "port": self.ports[kind]},
               "rtu": {"device": self.tty, "baud": 115200},
               "rtu_over_tcp": {"host": "127.0.0.1", "port": self.ports[kind], "latency": "0ms"},
               "dtu": {"registration": "LOGIN:7"}}[kind]
        return {"id": kind, "type": kind, **way}

    def config(self):
        peer = type("Peer", (), {"port": 1})
        config = town.config(peer, CODED, links=[self.link(kind) for kind in self.kinds],
                             dtu={"listen": f"127.0.0.1:{self.door}", "heartbeats": ["ping"]})
        if "dtu" not in self.kinds:
            del config["dtu"]
        device = config["sites"][0]["devices"][0]
        config["sites"][0]["devices"] = [
            {**device, "id": kind.replace("_", "-"), "name": kind, "link": kind}
            for kind in self.kinds]
        return config

    @staticmethod
    def point(kind, key="code"):
        return f"w3/{kind.replace('_', '-')}/{key}"


def curve(gateway, point):
    """All values of a point that were ever believed, in buckets of a few milliseconds."""
    found = gateway.get(f"/api/v1/points/{point}/history?max=4000&from={gateway.began_ms}")
    return [bucket for bucket in found["buckets"] if bucket["samples"]]


def expect_no_wrong_value(gateway, lines, kind):
    """Every believed value is the answer of this line, this unit and this block, and none is older than the one before;
    returns how many there are."""
    first = (UNIT << 8) << 16
    last = first
    samples = 0
    for bucket in curve(gateway, lines.point(kind)):
        assert last < bucket["min"] <= bucket["max"] < first + 65536, (kind, hex(last), bucket)
        last = bucket["max"]
        samples += bucket["samples"]
    place = lines.kinds.index(kind)
    for bucket in curve(gateway, lines.point(kind, "line")):
        assert bucket["min"] == bucket["max"] == place, (kind, bucket)
    return samples


def is_mbpoll_served(port):
    """Does a second master get an answer?"""
    result = subprocess.run(["mbpoll", "-q", "-1", "-0", "-o", "1", "-a", str(UNIT), "-t", "4", "-r", "0",
                             "-m", "tcp", "-p", str(port), "127.0.0.1"],
                            capture_output=True, text=True, timeout=20, check=False)
    return result.returncode == 0
