"""Promises about links, asked from outside with slaves of this file's own: they know nothing of the simulator."""
import socket
import struct
import termios
import time

import town
from daemon import CHAIN, Daemon, SerialLiar, TcpLiar, serial_link
from peers import PtyPair, wait_until

# Two blocks of one shape: in RTU an answer does not say which of the two it answers.
TWINS = {**town.COUNTER, "id": "twins", "model": "twins",
         "timing": {**town.COUNTER["timing"], "timeout_ms": 200, "poll_ms": 500},
         "reads": [{"name": "one", "fc": 3, "addr": 0, "count": 1}, {"name": "two", "fc": 3, "addr": 16, "count": 1}],
         "points": [{"key": key, "quantity": "count", "read": read, "at": 0, "type": "uint16", "order": "AB"}
                    for key, read in (("first", "one"), ("second", "two"))]}
VALUES = {0: 1000, 16: 2000}  # what each address holds
SLOWNESS = 0.6  # seconds, three timeouts


class Port:
    """For town.config, whose link is replaced."""

    port = 1


def value_of(request):
    return VALUES[struct.unpack(">H", request[2:4])[0]]


class SlowLiar(SerialLiar):
    """A simple slave: slower than anybody waits, and deaf while it works."""

    def __init__(self, device):
        super().__init__(None, device)

    def play(self, send, request):
        time.sleep(SLOWNESS)
        send(self.frame(request, value_of(request)))
        termios.tcflush(self.terminal, termios.TCIFLUSH)


class SlowServer(TcpLiar):
    """The same behind a transparent serial server, which keeps what it is asked meanwhile."""

    def __init__(self):
        super().__init__(None)

    def serve(self, connection):
        pending = b""
        while not self.must_stop.is_set():
            try:
                pending += connection.recv(4096)
            except socket.timeout:
                continue
            while len(pending) >= 8:
                request, pending = pending[:8], pending[8:]
                self.must_stop.wait(SLOWNESS + 0.15)
                connection.sendall(SerialLiar.frame(request, value_of(request)))


def assert_no_mix_up(directory, link, units=1):
    config = town.config(Port, TWINS, escalation=CHAIN)
    config["links"] = [link]
    device = config["sites"][0]["devices"][0]
    config["sites"][0]["devices"] = [{**device, "id": f"d{i + 1}", "unit": i + 1} for i in range(units)]
    daemon = Daemon(directory, config, [TWINS])
    daemon.start()
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            for point in daemon.get("/api/v1/points"):
                expected = 1000 if point["key"] == "first" else 2000
                assert point["value"] in (None, expected), f"{point['id']} shows {point['value']}, of another register"
            time.sleep(0.05)
    finally:
        daemon.kill()


def test_late_answer_on_a_serial_bus_is_never_the_value_of_another_register(directory):
    with PtyPair(directory) as pty, SlowLiar(pty.b):
        assert_no_mix_up(directory, serial_link(pty.a)[0])


def test_late_answer_of_a_serial_server_is_never_the_value_of_another_register(directory):
    with SlowServer() as server:
        assert_no_mix_up(directory, {"id": "gw1", "type": "rtu_over_tcp", "host": "127.0.0.1",
                                     "port": server.port, "latency": "100ms"})


def test_silent_bus_is_one_incident(directory):
    with PtyPair(directory) as pty:
        config = town.config(Port, town.THERMOMETER, links=serial_link(pty.a), escalation=CHAIN)
        device = {**config["sites"][0]["devices"][0], "silent_after": "5s"}
        config["sites"][0]["devices"] = [{**device, "id": f"d{i}", "unit": i} for i in range(1, 9)]
        daemon = Daemon(directory, config, [town.THERMOMETER])
        daemon.start()
        try:
            wait_until(daemon.incidents, 100, "an incident")
            time.sleep(3)  # the others would come at the same time
            subjects = [each["subject"] for each in daemon.incidents()]
            assert len(subjects) == 1, subjects
        finally:
            daemon.kill()
