"""Polling devices that others wrote - npm modbus-serial, npm jsmodbus, pymodbus - over each kind of link: what the API
says is what mbpoll reads."""
import os
import subprocess

import town
from daemon import Daemon
from peers import HERE, PYTHON, ModbusSlave, Program
from test_modbus import PANEL, REGISTERS, expect_panel, read_panel


class NodeSlave(ModbusSlave):
    """A server of peers/slave.js; all units are the same."""

    name = "node-slave"

    def __init__(self, directory, kind, registers):
        super().__init__(directory, registers)
        self.kind = kind

    def command(self):
        script = os.path.join(HERE, "peers", "slave.js")
        return ["node", script, self.kind, str(self.port), str(self.registers)]

    def is_ready(self):
        return "ready" in self.output()


class RtuOverTcpSlave(ModbusSlave):
    """pymodbus with the framing of a serial line on TCP, see slave.py."""

    name = "rtu-over-tcp-slave"

    def command(self):
        return [PYTHON, os.path.join(HERE, "slave.py"), "--rtu", str(self.port), str(self.registers)]


class SerialPort(Program):
    """A serial port whose other end is a TCP server: for mbpoll, which knows no RTU over TCP."""

    name = "serial-port"

    def __init__(self, directory, port):
        super().__init__(directory)
        self.port, self.device = port, self.path("tty")

    def command(self):
        return ["socat", f"pty,raw,echo=0,link={self.device}", f"tcp:127.0.0.1:{self.port}"]

    def is_ready(self):
        return os.path.exists(self.device)


def tcp_master(port):
    return ["-m", "tcp", "-p", str(port), "127.0.0.1"]


def read_through_a_serial_port(directory, port):
    with SerialPort(directory, port) as line:
        return read_panel(["-m", "rtu", "-b", "19200", "-P", "none", line.device])


def expect_change(gateway, slave, expected):
    """Nothing is remembered: a changed register shows, and the others stay."""
    slave.set([0, 0, 7, *REGISTERS[3:]])
    gateway.wait_point(lambda now: now["value"] == 7, "the change shows", point="w3/d1/count")
    expect_panel(gateway, {**expected, "frost": 0, "count": 7})


def expect_same_over_tcp(directory, kind):
    with NodeSlave(directory, kind, REGISTERS) as slave:
        expected = read_panel(tcp_master(slave.port))
        assert round(expected["frost"], 3) == -10 and expected["big"] == 100000, expected
        with Daemon(directory, town.config(slave, PANEL), [PANEL]) as gateway:
            expect_panel(gateway, expected)
            expect_change(gateway, slave, expected)
            link = gateway.get("/api/v1/links")[0]
            assert link["counters"]["damaged"] == link["counters"]["foreign"] == 0, link


def expect_same_over_rtu_over_tcp(directory, slave):
    with slave:
        expected = read_through_a_serial_port(directory, slave.port)
        assert round(expected["frost"], 3) == -10 and expected["big"] == 100000, expected
        config = town.config(slave, PANEL)
        config["links"][0]["type"] = "rtu_over_tcp"
        with Daemon(directory, config, [PANEL]) as gateway:
            expect_panel(gateway, expected)
            expect_change(gateway, slave, expected)
            gateway.stop(5)
        assert read_through_a_serial_port(directory, slave.port)["count"] == 7


def test_values_of_npm_modbus_serial_are_what_mbpoll_reads(directory):
    expect_same_over_tcp(directory, "modbus-serial")


def test_values_of_npm_jsmodbus_are_what_mbpoll_reads(directory):
    expect_same_over_tcp(directory, "jsmodbus")


def test_values_of_pymodbus_over_rtu_over_tcp_are_what_mbpoll_reads(directory):
    expect_same_over_rtu_over_tcp(directory, RtuOverTcpSlave(directory, REGISTERS))


def test_values_of_npm_jsmodbus_over_rtu_over_tcp_are_what_mbpoll_reads(directory):
    expect_same_over_rtu_over_tcp(directory, NodeSlave(directory, "jsmodbus-rtu", REGISTERS))


# Two blocks: the first is there; of the second the peer has one register of three.
EDGE = {**town.COUNTER, "id": "edge", "model": "edge",
        "timing": {**town.COUNTER["timing"], "poll_ms": 200},
        "reads": [{"name": "there", "fc": 3, "addr": 2, "count": 1},
                  {"name": "edge", "fc": 3, "addr": len(REGISTERS) - 1, "count": 3}],
        "points": [{**town.COUNTER["points"][0], "read": "there"},
                   {**town.COUNTER["points"][0], "key": "last", "read": "edge", "quantity": "stock"}]}


def test_an_answer_shorter_than_asked_is_no_value(directory):
    """jsmodbus answers past its end with a sound frame that is too short; mbpoll refuses it too."""
    with NodeSlave(directory, "jsmodbus", REGISTERS) as slave:
        asked = subprocess.run(["mbpoll", "-q", "-1", "-0", "-a", "1", "-t", "4", "-c", "3", "-r",
                                str(len(REGISTERS) - 1), *tcp_master(slave.port)],
                               capture_output=True, text=True, timeout=20, check=False)
        assert asked.returncode != 0, asked.stdout
        with Daemon(directory, town.config(slave, EDGE), [EDGE]) as gateway:
            gateway.wait_point(lambda now: now["value"] == 54321, "the first block is read",
                               point="w3/d1/count")
            last = gateway.wait_point(lambda now: now["reason"], "the second block is known to be none",
                                      point="w3/d1/last")
            assert last["value"] is None and last["quality"] in ("bad", "no_answer"), last
            slave.set([0, 0, 7, *REGISTERS[3:]])
            gateway.wait_point(lambda now: now["value"] == 7, "the first block goes on",
                               point="w3/d1/count")
            assert gateway.point("w3/d1/last")["value"] is None
