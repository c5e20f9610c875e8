"""What every row of the bench needs: processes pinned to cores, towns of any size, counters, and the row itself.

The thing under test runs on core 0, whatever feeds it on core 1."""
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build", "release"))
BINARY = os.environ.get("HUOYAN", os.path.join(BUILD, "huoyan"))
TESTED, FEEDING = 0, 1
SATURATING_MS = 20  # the shortest poll there is


def saturating(links):
    """Devices a link so that some 180,000 polls a second are asked for: more than a core can do, and no more memory than that needs."""
    return 180_000 * SATURATING_MS // 1000 // links


class Effort:
    """How long the rows measure: the numbers to publish, or --quick to see that a row works."""
    is_quick = False

    @classmethod
    def of(cls, full, quick):
        return quick if cls.is_quick else full


class LeftOut(Exception):
    """Something a row needs is not here; its words are printed in the row's place."""


def row(what, value, goal, spread):
    """A line of the table; `goal` is "<= 0.7" or ">= 10"."""
    sense, limit = goal.split()
    held = value <= float(limit) if sense == "<=" else value >= float(limit)
    return what, value, goal, held, spread


def span(values, form=".2f"):
    """Median and spread in words."""
    return f"{statistics.median(values):{form}} ({min(values):{form}}..{max(values):{form}})"


# --- processes -----------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, look, seconds=30, pause=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(pause)
    raise SystemExit(f"bench: did not come in {seconds} s: {what}")


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def tool(name):
    return os.path.join(BUILD, name)


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def started(arguments, core, folder, name, **more):
    """A process on one core, its words in a file, gone at the end."""
    with open(os.path.join(folder, name + ".log"), "wb") as log:
        options = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, **more}
        process = subprocess.Popen(["taskset", "-c", str(core), *arguments], **options)
        try:
            yield process
        finally:
            stop(process)


class Tool:
    """One of our programs that is steered by lines and answers each with a line of JSON."""

    def __init__(self, process):
        self.process = process

    def ask(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("bench: a tool has ended before its time")
        return json.loads(line)


@contextlib.contextmanager
def steered(arguments, folder, name):
    with started(arguments, FEEDING, folder, name, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Tool(process)


@contextlib.contextmanager
def tcp_slave(folder, words="moving", poll_ms=0, name="slave"):
    """tests/bench/tcp_slave.c; gives it and its port."""
    with steered([tool("tcp_slave"), words, str(poll_ms)], folder, name) as slave:
        yield slave, slave.hear()["port"]


# --- what the kernel knows of a process ------------------------------------------------------------------------


def tasks(pid):
    """Thread id and name."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/comm") as f:
            found.append((int(task), f.read().strip()))
    return found


def spent(pid, thread=None):
    """CPU seconds of a process since its start by the scheduler's own count, or of its threads of that name."""
    nanoseconds = 0
    for task, name in tasks(pid):
        if thread is None or name == thread:
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/schedstat") as f:
                nanoseconds += int(f.read().split()[0])
    return nanoseconds / 1e9


def switches(pid, thread):
    """Context switches of the threads of that name, wanted and unwanted."""
    count = 0
    for task, name in tasks(pid):
        if name == thread:
            with open(f"/proc/{pid}/task/{task}/status") as f:
                count += sum(int(line.split()[1]) for line in f if "_ctxt_switches" in line)
    return count


def memory_kb(pid, field="Pss"):
    """Of smaps_rollup: Pss counts shared pages by their share."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(field + ":"))


# --- the daemon ------------------------------------------------------------------------------------------------


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


def hot_rule(limit):
    return {"id": "hot", "name": "高温", "applies_to": {"quantity": "temperature"}, "when": f"value >= {limit}", "clear": f"value < {limit - 1}",
            "hold": "0s", "clear_hold": "0s", "severity": "critical"}


def tcp_links(count, port):
    """Each to an address of its own, as in the field."""
    return [{"id": f"l{i}", "type": "tcp", "host": f"127.1.{i // 250}.{i % 250 + 1}", "port": port} for i in range(count)]


def sites_of(links, units, poll_ms, per_site=100):
    """Each of `links` with devices 1...units, in sites of so many links."""
    sites = []
    for first in range(0, len(links), per_site):
        some = enumerate(links[first:first + per_site])
        sites.append({"id": f"s{first}", "kind": "warehouse", "name": f"{first}", "area": "grid", "devices": [
            {"id": f"d{i}-{unit}", "name": f"{unit}", "link": link["id"], "unit": unit, "profile": "bench", "poll": f"{poll_ms}ms"}
            for i, link in some for unit in range(1, units + 1)]})
    return sites


def town(folder, model, links, sites, **more):
    """Writes a config into a new folder and returns it with the port of its web interface."""
    os.makedirs(os.path.join(folder, "profiles"))
    port = free_port()
    config = {
        "gateway": {"id": "bench", "name": "bench", "timezone": "Asia/Shanghai", "data_dir": os.path.join(folder, "data")},
        "web": {"listen": f"127.0.0.1:{port}"}, "sms": {"driver": "console"}, "profiles": ["profiles/*.json"], "links": links, "sites": sites,
        "people": [{"id": "wang", "name": "王某", "phone": "+8613800000001"}],
        "areas": [{"id": "town", "level": "town", "name": "镇", "duty": ["wang"]},
                  {"id": "village", "level": "village", "parent": "town", "name": "村", "duty": ["wang"]},
                  {"id": "grid", "level": "grid", "parent": "village", "name": "网格", "duty": ["wang"]}],
        "escalation": {"group_wait": "0s", "settle": "0s"}, "rules": [hot_rule(40)], **more,
    }
    with open(os.path.join(folder, "huoyan.json"), "w") as f:
        json.dump(config, f, ensure_ascii=False)
    with open(os.path.join(folder, "profiles", "bench.json"), "w") as f:
        json.dump(model, f)
    return folder, port


class Daemon:
    def __init__(self, process, port):
        self.process, self.pid, self.port = process, process.pid, port

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
            lines = (line.split() for line in answer.read().decode().splitlines() if not line.startswith("#"))
            return {words[0]: float(words[1]) for words in lines if len(words) == 2}

    def count(self, what):
        """Of huoyan_modbus_WHAT_total."""
        return self.metrics()[f"huoyan_modbus_{what}_total"]

    def settle(self, seconds=20, within=0.1):
        """Waits until nothing times out any more and replies come at an even rate; a machine that is too busy for that
        gets no more than so many seconds, but timeouts end the bench."""
        end = time.monotonic() + seconds
        even, last, is_calm = 0, None, False
        while even < 3 and time.monotonic() < end:
            before, at = self.metrics(), time.monotonic()
            time.sleep(0.5)
            after = self.metrics()
            rate = (after["huoyan_modbus_replies_total"] - before["huoyan_modbus_replies_total"]) / (time.monotonic() - at)
            is_calm = after["huoyan_modbus_timeouts_total"] == before["huoyan_modbus_timeouts_total"]
            is_even = is_calm and last is not None and rate > 0 and abs(rate - last) <= within * last
            even, last = (even + 1 if is_even else 0), rate
        if not is_calm:
            raise SystemExit(f"bench: polls still time out after {seconds} s of warming up")

    def measure(self, seconds):
        """CPU seconds, replies and wall seconds of a stretch."""
        cpu, count, at = spent(self.pid), self.count("replies"), time.monotonic()
        time.sleep(seconds)
        return spent(self.pid) - cpu, self.count("replies") - count, time.monotonic() - at

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def gateway(folder, port, name="daemon"):
    """The daemon on the config in `folder`, from its first replies on."""
    with started([BINARY, "run", "-c", folder], TESTED, os.path.dirname(folder), name) as process:
        daemon = Daemon(process, port)
        wait_for("the daemon", lambda: process.poll() is not None or listens(port))
        if process.poll() is not None:
            with open(os.path.join(os.path.dirname(folder), name + ".log")) as f:
                raise SystemExit(f"bench: the daemon did not start:\n{f.read()[:2000]}")
        yield daemon
