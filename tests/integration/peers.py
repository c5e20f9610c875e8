"""The real programs that the gateway talks to, each started on free ports in a directory of its own, waited for and
stopped by its process id. Only the standard library; run with Debian's /usr/bin/python3.

    with Influx(directory) as store: store.query("SELECT ...")
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's own sees python3-pymodbus


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_readable(fd, seconds):
    """Not select: the tests of thousands of links beside this one push descriptors above 1,023."""
    look = select.poll()
    look.register(fd, select.POLLIN)
    return bool(look.poll(seconds * 1000))


def wait_until(condition, seconds, what):
    """Asks `condition` until it gives something true, which it returns; fails in words."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


def is_open(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A process with its output in a file. Subclasses say how to start it and when it is ready."""

    name = "program"
    stop_signal = signal.SIGTERM
    stdin = subprocess.DEVNULL

    def __init__(self, directory):
        self.directory = os.path.join(directory, self.name)
        os.makedirs(self.directory, exist_ok=True)
        self.process = None

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def command(self):
        raise NotImplementedError

    def is_ready(self):
        return True

    def start(self):
        with open(self.path("output"), "ab") as output:
            # A session of its own, so that kill reaches its children too.
            self.process = subprocess.Popen(self.command(), stdin=self.stdin, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)
        wait_until(lambda: self.has_died() or self.is_ready(), 20, f"{self.name} is ready")
        if self.has_died():
            raise AssertionError(f"{self.name} ended at once:\n{self.output()[-2000:]}")
        return self

    def has_died(self):
        return self.process.poll() is not None

    def output(self):
        with open(self.path("output"), encoding="utf-8", errors="replace") as output:
            return output.read()

    def stop(self, seconds=10):
        """Ends it cleanly; returns its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds} s") from None
        return self.process.returncode

    def kill(self):
        """As a power cut does it."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def __enter__(self):
        return self.start()

    def __exit__(self, *reason):
        self.kill()


class Influx(Program):
    """InfluxDB 1.6."""

    name = "influx"
    CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{directory}/meta"
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[logging]
  level = "warn"
[continuous_queries]
  enabled = false
"""

    def __init__(self, directory, database="huoyan"):
        super().__init__(directory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = database
        with open(self.path("influx.conf"), "w", encoding="utf-8") as config:
            config.write(self.CONFIG.format(rpc=free_port(), port=self.port, directory=self.directory))

    def command(self):
        return ["influxd", "run", "-config", self.path("influx.conf")]

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def start(self):
        super().start()
        if self.database:
            self.ask(f'CREATE DATABASE "{self.database}"')
        return self

    def ask(self, statement):
        fields = {"q": statement, "epoch": "ms", "db": self.database or ""}
        data = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(f"{self.url}/query", data, timeout=10) as answer:
            result = json.load(answer)["results"][0]
        if "error" in result:
            raise AssertionError(f"{statement}: {result['error']}")
        return result

    def query(self, statement):
        """The rows of all series as dicts, tags included."""
        rows = []
        for series in self.ask(statement).get("series", []):
            for values in series.get("values", []):
                rows.append({**series.get("tags", {}), **dict(zip(series["columns"], values))})
        return rows


class FakeModem(Program):
    name = "modem"

    def command(self):
        for leftover in ("control", "tty"):
            if os.path.lexists(self.path(leftover)):
                os.unlink(self.path(leftover))
        return [PYTHON, os.path.join(HERE, "fakemodem.py"), self.path("tty"), self.path("control"),
                self.path("log")]

    def is_ready(self):
        return os.path.exists(self.path("control"))

    def order(self, **order):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(self.path("control"))
            sender.send(json.dumps(order).encode())

    def sent(self):
        """What it was asked to send, refused tries too (`ok` tells)."""
        if not os.path.exists(self.path("log")):
            return []
        with open(self.path("log"), encoding="utf-8") as log:
            return [json.loads(line) for line in log]


class Smsd(Program):
    """smstools 3 with a modem; `spool` holds its directories."""

    name = "smsd"
    FOLDERS = ("outgoing", "checked", "incoming", "sent", "failed", "report")
    CONFIG = """devices = GSM1
outgoing = {spool}/outgoing
checked = {spool}/checked
incoming = {spool}/incoming
sent = {spool}/sent
failed = {spool}/failed
report = {spool}/report
infofile = {directory}/working
pidfile = {directory}/pid
logfile = {directory}/log
loglevel = 5
delaytime = 1
errorsleeptime = 1
blocktime = 5
autosplit = 3
receive_before_send = no
decode_unicode_text = no
incoming_utf8 = yes

[GSM1]
device = {device}
init = AT
incoming = yes
report = yes
baudrate = 115200
send_delay = 0
memory_start = 1
"""

    def __init__(self, directory, modem):
        super().__init__(directory)
        self.spool = self.path("spool")
        for folder in self.FOLDERS:
            os.makedirs(os.path.join(self.spool, folder), exist_ok=True)
        with open(self.path("conf"), "w", encoding="utf-8") as config:
            config.write(self.CONFIG.format(spool=self.spool, directory=self.directory,
                                            device=modem.path("tty")))

    def command(self):
        return ["smsd", "-t", "-c" + self.path("conf")]

    def is_ready(self):
        return os.path.exists(self.path("log"))

    def list(self, folder):
        return sorted(os.listdir(os.path.join(self.spool, folder)))

    def settings(self):
        """The `sms` member of a config."""
        folders = {folder: os.path.join(self.spool, folder) for folder in self.FOLDERS}
        return {"driver": "smsd", **folders}


class ModbusSlave(Program):
    """pymodbus as an independent slave on TCP: units 1 and 2, see slave.py."""

    name = "slave"
    stdin = subprocess.PIPE

    def __init__(self, directory, registers):
        super().__init__(directory)
        self.port = free_port()
        self.registers = registers

    def command(self):
        return [PYTHON, os.path.join(HERE, "slave.py"), str(self.port), json.dumps(self.registers)]

    def is_ready(self):
        return is_open(self.port)

    def set(self, registers):
        self.process.stdin.write(json.dumps(registers).encode() + b"\n")
        self.process.stdin.flush()

    def kill(self):
        super().kill()
        if self.process is not None:
            self.process.stdin.close()


class PtyPair(Program):
    """Two serial ports joined by a cable: `a` and `b`. Killing it is pulling the adapter."""

    name = "pty"

    def __init__(self, directory):
        super().__init__(directory)
        self.a, self.b = self.path("a"), self.path("b")

    def command(self):
        return ["socat", f"pty,raw,echo=0,link={self.a}", f"pty,raw,echo=0,link={self.b}"]

    def is_ready(self):
        return os.path.exists(self.a) and os.path.exists(self.b)


def binary():
    """The daemon under test: --binary of run.py, or HUOYAN."""
    path = os.environ.get("HUOYAN", "")
    if not path or not os.access(path, os.X_OK):
        sys.exit("where is huoyan? set HUOYAN or give --binary PATH")
    return path


class Gateway(Program):
    """huoyan run over a config that is a dict, with device profiles of its own."""

    name = "gateway"

    def __init__(self, directory, config, profiles=()):
        super().__init__(directory)
        self.port = free_port()
        self.token = None
        gateway = {"id": "test-1", "name": "试验网关", "data_dir": self.path("data")}
        config = {"gateway": gateway, "web": {"listen": f"127.0.0.1:{self.port}"}, **config}
        os.makedirs(self.path("profiles"))
        for profile in profiles:
            self.write(os.path.join("profiles", profile["id"] + ".json"), profile)
        self.write("huoyan.json", config)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)

    def command(self):
        return [binary(), "run", "-c", self.directory]

    def fetch(self, path, **headers):
        """The body of a page, or None when there is none."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, OSError):
            return None

    def is_ready(self):
        return self.fetch("/healthz") is not None

    def run(self, *arguments):
        """A subcommand; returns its standard output."""
        result = subprocess.run([binary(), *arguments, "-c", self.directory], capture_output=True,
                                text=True, timeout=30, check=False)
        if result.returncode != 0:
            raise AssertionError(f"huoyan {' '.join(arguments)}: {result.returncode}\n"
                                 f"{result.stdout}{result.stderr}")
        return result.stdout

    def get(self, path):
        """JSON of the API, as a viewer."""
        if self.token is None:
            self.token = self.run("token", "add", "test", "--role", "viewer").split()[-1]
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}",
                                         headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def incidents(self):
        """All, newest first, each with its timeline."""
        return [self.get(f"/api/v1/incidents/{incident['id']}")
                for incident in self.get("/api/v1/incidents")]
