"""More peers and hands for tests of the whole daemon: roles over HTTP, live events, an SMS spool that the test plays,
pymodbus on a serial line and slaves that lie. Started as a program it is that serial slave:

    daemon.py DEVICE BAUD REGISTERS
"""
import asyncio
import contextlib
import datetime
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import termios
import threading
import time
import tty

import town
from peers import HERE, PYTHON, Gateway, ModbusSlave, Program, binary, is_readable, wait_until

COOL, HOT = [0, 250], [0, 415]
CHAIN = {"settle": "1s", "group_wait": "0s",
         "minor": {"tell": ["grid"], "silence": {"grid": "2s", "village": "3s", "town": "1h"},
                   "repeat": "1h", "arrive": "1h"}}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The sentence of a refusal."""
        return self.json()["error"]


class Client:
    """Somebody who speaks HTTP with the gateway: by a token, a cookie or as nobody."""

    def __init__(self, port, token=None):
        self.port = port
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {**self.headers, **headers}
        if isinstance(body, dict):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, {} if body is None else body, **headers)

    def log_in(self, user, password):
        answer = self.post("/api/v1/login", {"user": user, "password": password})
        if answer.status == 200:
            self.headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}
        return answer


class Events:
    """An open stream of live events; `take` gives them one by one as (id, event, data)."""

    def __init__(self, client, last_id=None):
        self.socket = socket.create_connection(("127.0.0.1", client.port), timeout=20)
        headers = dict(client.headers)
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self.socket.sendall(("GET /api/v1/events HTTP/1.0\r\n" + "".join(lines) + "\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        while self.stream.readline().strip():
            pass
        self.last_id = None

    def take(self):
        event, data = "", ""
        while True:
            line = self.stream.readline()
            if not line:
                raise AssertionError("the stream of events ended")
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data":
                data = value
            elif not name and data:
                return self.last_id, event, json.loads(data)

    def wait(self, event, condition, seconds=10):
        """The first one of this kind that fits."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, kind, data = self.take()
            if kind == event and condition(data):
                return data
        raise AssertionError(f"no such '{event}' within {seconds} s")

    def close(self):
        self.stream.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.close()


def call(*arguments, stdin=""):
    """Runs huoyan once, whatever comes of it."""
    return subprocess.run([binary(), *arguments], input=stdin, capture_output=True, text=True,
                          timeout=30, check=False)


class Daemon(Gateway):
    """The daemon with a client for each role; clients live until it is made anew."""

    def __init__(self, directory, config, profiles=()):
        super().__init__(directory, config, profiles)
        self.clients = {}

    def client(self, role="viewer"):
        if role not in self.clients:
            token = self.run("token", "add", f"t-{role}", "--role", role).split()[-1]
            self.clients[role] = Client(self.port, token)
        return self.clients[role]

    def get(self, path):
        answer = self.client().get(path)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.body}")
        return answer.json()

    def can_get(self, path):
        with contextlib.suppress(OSError):
            return self.client().get(path).status == 200
        return False

    def call(self, *arguments, stdin=""):
        return call(*arguments, "-c", self.directory, stdin=stdin)

    def add_user(self, name, role, *arguments, password="a good password"):
        result = self.call("user", "add", name, "--role", role, *arguments, "--password-stdin",
                           stdin=password + "\n")
        assert result.returncode == 0, result.stderr
        client = Client(self.port)
        answer = client.log_in(name, password)
        assert answer.status == 200, answer.body
        return client

    def read_config(self):
        with open(self.path("huoyan.json"), encoding="utf-8") as file:
            return json.load(file)

    def state_path(self):
        return self.path("data", "state.db")

    def metric(self, name):
        """The value of one line of /metrics."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", Client(self.port).get("/metrics").body,
                          re.MULTILINE)
        return float(found.group(1)) if found else None

    def point(self, point="w3/d1/temperature"):
        return next(each for each in self.get("/api/v1/points") if each["id"] == point)

    def wait_point(self, condition, what, seconds=15, point="w3/d1/temperature"):
        def find():
            now = self.point(point)
            return now if condition(now) else None

        return wait_until(find, seconds, what)

    def wait_incident(self, condition, what, seconds=15):
        """The newest incident that fits, with its timeline."""
        def find():
            return next((each for each in self.incidents() if condition(each)), None)

        return wait_until(find, seconds, what)

    def wait_rule(self, rule, seconds=15):
        return self.wait_incident(lambda each: each["rule"] == rule, f"an incident of '{rule}'",
                                  seconds)

    def wait_log(self, words, seconds=10):
        wait_until(lambda: words in self.output(), seconds, f"the log says '{words}'")


class Frozen:
    """The process stands still: it keeps its sockets and answers nothing."""

    def __init__(self, program):
        self.process = program.process

    def __enter__(self):
        self.process.send_signal(signal.SIGSTOP)

    def __exit__(self, *reason):
        self.process.send_signal(signal.SIGCONT)


class Spool:
    """The directories of smsd, played by the test."""

    FOLDERS = ("outgoing", "checked", "incoming", "sent", "failed", "report")

    def __init__(self, directory):
        self.directory = os.path.join(directory, "spool")
        self.next = 1
        self.finished = []  # names, in order
        for folder in self.FOLDERS:
            os.makedirs(self.path(folder))

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def settings(self):
        return {"driver": "smsd", "signature": "李渡应急",
                **{folder: self.path(folder) for folder in self.FOLDERS}}

    def names(self, folder="outgoing"):
        with contextlib.suppress(FileNotFoundError):
            return sorted(os.listdir(self.path(folder)), key=lambda name: int(name.split("-")[-1]))
        return []

    def read(self, name, folder="outgoing"):
        """Whom and what: ('wang', '【李渡应急】...')"""
        with open(self.path(folder, name), "rb") as file:
            head, _, body = file.read().partition(b"\n\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\n"))
        assert headers["Alphabet"] == "UCS2" and headers["Report"] == "yes", headers
        people = {phone: person for person, phone in town.PHONES.items()}
        return people["+" + headers["To"]], body.decode("utf-16-be")

    def texts(self, *folders):
        """All messages that lie in these folders, in the order of their ids."""
        while True:
            before = self.look(folders)
            with contextlib.suppress(FileNotFoundError):
                found = [(int(name.split("-")[-1]), self.read(name, folder)) for folder, name in before]
                if self.look(folders) == before:
                    return [each for _, each in sorted(found)]

    def look(self, folders):
        return [(folder, name) for folder in folders or ("outgoing", "checked", "sent")
                for name in self.names(folder)]

    def texts_to(self, person, *folders):
        return [text for to, text in self.texts(*folders) if to == person]

    def wait_text(self, person, pattern, seconds=15):
        def find():
            return next((text for text in self.texts_to(person) if re.search(pattern, text)), None)

        return wait_until(find, seconds, f"{person} is told '{pattern}'")

    def take(self, name):
        """As smsd sends a message: its file moves to sent with more headers."""
        self.finish(name, "sent", f"Sent: {self.stamp()}\nMessage_id: {self.next % 256}")
        self.next += 1

    def refuse(self, name, why):
        self.finish(name, "failed", f"Fail_reason: {why}")

    def finish(self, name, folder, headers):
        path = self.path("checked", name)
        os.rename(self.path("outgoing", name), path)
        with open(path, "rb") as file:
            head, _, body = file.read().partition(b"\n\n")
        whole = os.path.join(self.directory, name)  # who looks meanwhile must not see half of it
        with open(whole, "wb") as file:
            file.write(head + f"\nModem: GSM1\n{headers}\n\n".encode() + body)
        os.rename(whole, path)
        os.rename(path, self.path(folder, name))
        self.finished.append(name)

    def take_all(self):
        for name in self.names():
            with contextlib.suppress(FileNotFoundError):  # an answer takes messages back
                self.take(name)

    @staticmethod
    def stamp():
        return time.strftime("%y-%m-%d %H:%M:%S")

    def receive(self, person, text):
        name = f"GSM1.{self.next:06d}"
        head = (f"From: {town.PHONES[person].lstrip('+')}\n"
                f"From_TOA: 91 international, ISDN/telephone\nSent: {self.stamp()}\n"
                f"Received: {self.stamp()}\nModem: GSM1\nReport: no\nAlphabet: UTF-8\n"
                f"Length: {len(text)}\n\n{text}")
        self.next += 1
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(head)
        os.rename(self.path(name), self.path("incoming", name))


class Stage:
    """Slave, spool and gateway; the slave starts cool."""

    def __init__(self, directory, device=None, **others):
        """`device` has more members of the one device, `others` of the config's root."""
        self.directory = directory
        self.slave = ModbusSlave(directory, COOL)
        self.spool = Spool(directory)
        config = town.config(self.slave, town.THERMOMETER, **{
            "rules": [town.hot_rule()], "escalation": CHAIN, "sms": self.spool.settings(),
            **others})
        config["sites"][0]["devices"][0].update(device or {})
        self.gateway = Daemon(directory, config, [town.THERMOMETER])

    def __enter__(self):
        self.slave.start()
        self.gateway.start()
        self.gateway.wait_point(lambda now: now["value"] == 25.0, "the slave is read")
        return self

    def __exit__(self, *reason):
        self.gateway.kill()
        self.slave.kill()

    def alarms(self, *folders):
        """Every alarm to the first one in the chain that was ever handed over."""
        return [text for text in self.spool.texts_to("wang", *folders) if "未回转上级" in text]

    def raise_alarm(self):
        self.slave.set(HOT)
        return self.spool.wait_text("wang", "未回转上级")

    def wait_timeline(self, event, seconds=15):
        return self.gateway.wait_incident(
            lambda each: any(entry["event"] == event for entry in each["timeline"]),
            f"the timeline says '{event}'", seconds)

    def acknowledge(self, person="wang"):
        self.spool.receive(person, "1")
        return self.wait_timeline("acked")


def calm(**changes):
    """A chain that stays with the first level."""
    return {**CHAIN, "minor": {**CHAIN["minor"], "silence": {"grid": "1h"}, **changes}}


def two_areas(slave):
    """A second grid area, of sun, with a site w9 that shows what w3 shows."""
    config = town.config(slave, town.THERMOMETER, rules=[town.hot_rule()], escalation=calm())
    site = config["sites"][0]
    config["people"].append({"id": "sun", "name": "孙某", "phone": "+8613800000009"})
    config["areas"].append({**config["areas"][2], "id": "other", "name": "四组网格", "duty": ["sun"]})
    config["sites"].append({**site, "id": "w9", "name": "9号库", "area": "other",
                            "devices": [{**site["devices"][0], "unit": 2}]})
    return config


def seconds_between(first, second):
    """Of two entries of a timeline."""
    first, second = (datetime.datetime.fromisoformat(entry["at"]) for entry in (first, second))
    return (second - first).total_seconds()


def entries(incident, event):
    return [entry for entry in incident["timeline"] if entry["event"] == event]


@contextlib.contextmanager
def locked(path):
    """Nobody else can write to the database meanwhile."""
    database = sqlite3.connect(path, timeout=5, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


def serial_link(device):
    """For town.config, whose link is TCP."""
    return [{"id": "gw1", "type": "rtu", "device": device, "baud": 19200, "parity": "none"}]


class SerialSlave(Program):
    """pymodbus as an independent RTU slave: units 1 and 2."""

    name = "serial-slave"
    stdin = subprocess.PIPE
    port = 0  # none, see serial_link

    def __init__(self, directory, device, registers, baud=19200):
        super().__init__(directory)
        self.device, self.registers, self.baud = device, registers, baud

    def command(self):
        return [PYTHON, os.path.join(HERE, "daemon.py"), self.device, str(self.baud),
                json.dumps(self.registers)]

    def is_ready(self):
        return "ready" in self.output()

    def set(self, registers):
        self.process.stdin.write(json.dumps(registers).encode() + b"\n")
        self.process.stdin.flush()

    def kill(self):
        super().kill()
        if self.process is not None:
            self.process.stdin.close()


async def serve_serial(device, baud, registers):
    from pymodbus.datastore import ModbusServerContext
    from pymodbus.server import StartAsyncSerialServer
    from pymodbus.transaction import ModbusRtuFramer

    import slave

    context = ModbusServerContext(slaves={1: slave.slave(registers), 2: slave.slave(registers)},
                                  single=False)
    follower = asyncio.create_task(slave.follow_input(context))
    asyncio.get_running_loop().call_later(0.3, lambda: print("ready", flush=True))
    await StartAsyncSerialServer(context=context, framer=ModbusRtuFramer, port=device,
                                 baudrate=baud, timeout=0.01)
    await follower


def crc16(data):
    """Of Modbus RTU, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


class Liar:
    """A slave in a thread of this process that answers requests for one register by a script.

    script(count, request) gives a list of (seconds to wait, bytes to send)."""

    def __init__(self, script):
        self.script = script
        self.count = 0
        self.must_stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        raise NotImplementedError

    def play(self, send, request):
        for delay, frame in self.script(self.count, request):
            if self.must_stop.wait(delay):
                return
            send(frame)
        self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *reason):
        self.must_stop.set()
        self.thread.join(5)


class TcpLiar(Liar):
    """Modbus TCP: a request is 12 bytes."""

    def __init__(self, script):
        super().__init__(script)
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.listener.settimeout(0.2)
        self.port = self.listener.getsockname()[1]

    @staticmethod
    def frame(request, value, **changes):
        """The answer to a request, with changed fields."""
        id_, _, _, unit, function = struct.unpack(">HHHBB", request[:8])
        fields = {"id": id_, "protocol": 0, "length": 5, "unit": unit, "function": function,
                  "size": 2, **changes}
        return struct.pack(">HHHBBBH", *fields.values(), value)

    def run(self):
        with self.listener:
            while not self.must_stop.is_set():
                with contextlib.suppress(socket.timeout):
                    connection, _ = self.listener.accept()
                    connection.settimeout(0.2)
                    with connection, contextlib.suppress(OSError):
                        self.serve(connection)

    def serve(self, connection):
        pending = b""
        while not self.must_stop.is_set():
            try:
                piece = connection.recv(4096)
            except socket.timeout:
                continue
            if not piece:
                return
            pending += piece
            while len(pending) >= 12:
                request, pending = pending[:12], pending[12:]
                self.play(connection.sendall, request)


class SerialLiar(Liar):
    """Modbus RTU on a terminal: a request is 8 bytes, and what is no request is dropped."""

    port = 0  # none, see serial_link

    def __init__(self, script, device):
        super().__init__(script)
        self.terminal = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.terminal)

    @staticmethod
    def frame(request, value, **changes):
        fields = {"unit": request[0], "function": request[1], "size": 2, **changes}
        body = struct.pack(">BBBH", *fields.values(), value)
        return body + crc16(body)

    def run(self):
        pending = b""
        while not self.must_stop.is_set():
            if not is_readable(self.terminal, 0.1):
                pending = b""
                continue
            pending += os.read(self.terminal, 256)
            while len(pending) >= 8:
                request, pending = pending[:8], pending[8:]
                if crc16(request[:6]) != request[6:]:
                    pending = b""
                    break
                self.play(lambda frame: os.write(self.terminal, frame), request)
        termios.tcflush(self.terminal, termios.TCIOFLUSH)
        os.close(self.terminal)


if __name__ == "__main__":
    asyncio.run(serve_serial(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])))
