"""Rows side by side with other programs on the same slave, in turns: collectd's modbus plugin, npm modbus-serial, Node-RED.

A reading is a register that the slave handed out, so the slave counts for all of them. All get 100 endpoints of 10
registers. collectd sends its values to the sink as graphite lines; the daemon judges them by a rule, keeps them in its
history and sends them to the sink as to an InfluxDB; the loop of modbus-serial and Node-RED throw them away.

NODE_RED names a folder with Node-RED and node-red-contrib-modbus in its node_modules; it is not installed for the bench,
because that package wants another one from outside the registry (4.0.9 and 5.45.2 were tried, with an override of
@openp4nr/modbus-serial by modbus-serial)."""
import contextlib
import glob
import json
import os
import shutil
import statistics
import time

from kit import (HERE, ROOT, SATURATING_MS, TESTED, Effort, LeftOut, free_port, gateway, profile, row, saturating, sites_of, span,
                 spent, started, steered, tcp_links, tcp_slave, tool, town, wait_for)

LINKS, REGISTERS = 100, 10
READ_THREADS = 100  # of collectd, one for each endpoint: with the usual 5 it waits for replies half of the time
MODULES = os.path.join(ROOT, "tests", "integration", "peers", "node_modules")


@contextlib.contextmanager
def sink(folder):
    with steered([tool("sink")], folder, "sink") as process:
        yield process.hear()["port"]


def counted(slave, pid, registers, seconds):
    """Readings and CPU seconds of a stretch, and how long it was."""
    slave.ask("start")
    cpu, at = spent(pid), time.monotonic()
    time.sleep(seconds)
    seen = slave.ask("stop")
    return seen["requests"] * registers, spent(pid) - cpu, time.monotonic() - at


# --- collectd ----------------------------------------------------------------------------------------------------


def collectd_binary():
    found = shutil.which("collectd") or shutil.which("collectd", path="/usr/sbin:/usr/local/sbin")
    plugins = glob.glob("/usr/lib/collectd/modbus.so") + glob.glob("/usr/lib/*/collectd/modbus.so")
    if found is None or not plugins:
        raise LeftOut("collectd with its modbus plugin is not installed")
    return found


def collectd_config(folder, port, sink_port, interval):
    """One request a register: the plugin has no blocks."""
    names = [f"r{i}" for i in range(REGISTERS)]
    data = "".join(f'<Data "{name}">\nRegisterBase {i}\nRegisterType uint16\nType gauge\nInstance "{name}"\n</Data>\n'
                   for i, name in enumerate(names))
    collect = "".join(f'Collect "{name}"\n' for name in names)
    hosts = "".join(f'<Host "h{i}">\nAddress "127.0.0.1"\nPort "{port}"\nInterval {interval}\n<Slave 1>\nInstance "s"\n{collect}</Slave>\n</Host>\n'
                    for i in range(LINKS))
    path = os.path.join(folder, f"collectd-{interval}.conf")
    with open(path, "w") as f:
        f.write(f'Hostname "bench"\nBaseDir "{folder}"\nPIDFile "{folder}/collectd.pid"\nTypesDB "/usr/share/collectd/types.db"\nInterval 1\n'
                f'ReadThreads {READ_THREADS}\nLoadPlugin logfile\n<Plugin logfile>\nLogLevel err\nFile STDERR\n</Plugin>\nLoadPlugin modbus\nLoadPlugin write_graphite\n<Plugin modbus>\n{data}{hosts}</Plugin>\n'
                f'<Plugin write_graphite>\n<Node "sink">\nHost "127.0.0.1"\nPort "{sink_port}"\nProtocol "tcp"\n</Node>\n</Plugin>\n')
    return path


def collectd(folder, binary, slave, port, sink_port, interval, seconds):
    """Readings, CPU seconds and wall seconds."""
    config = collectd_config(folder, port, sink_port, interval)
    with started([binary, "-f", "-C", config], TESTED, folder, "collectd") as process:
        wait_for("collectd's first requests", lambda: slave.ask("stop")["asked"] >= LINKS, pause=0.1)
        time.sleep(2)
        return counted(slave, process.pid, 1, seconds)


# --- the others --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def ours(folder, name, port, sink_port, units, poll_ms):
    """Without a store when there is no sink."""
    bus = tcp_links(LINKS, port)
    stores = [{"id": "main", "url": f"http://127.0.0.1:{sink_port}", "database": "bench"}] if sink_port else []
    home, web = town(os.path.join(folder, name), profile(REGISTERS), bus, sites_of(bus, units, poll_ms), stores=stores)
    with gateway(home, web, name) as daemon:
        wait_for("replies", lambda: daemon.count("replies") > 2 * LINKS, pause=0.1)
        yield daemon


def modbus_serial(folder, slave, port, seconds):
    node = shutil.which("node")
    if node is None or not os.path.isdir(os.path.join(MODULES, "modbus-serial")):
        raise LeftOut("npm modbus-serial is not installed")
    loop = [node, os.path.join(HERE, "modbus_loop.js"), str(port), str(LINKS), str(REGISTERS)]
    with started(loop, TESTED, folder, "node", env={**os.environ, "NODE_PATH": MODULES}) as process:
        wait_for("modbus-serial's first requests", lambda: process.poll() is not None or slave.ask("stop")["asked"] >= LINKS, pause=0.1)
        time.sleep(2)
        return counted(slave, process.pid, REGISTERS, seconds)


def node_red_binary():
    where = os.environ.get("NODE_RED", "")
    modules = os.path.join(where, "node_modules")
    if not where or not os.path.isdir(os.path.join(modules, "node-red-contrib-modbus")):
        raise LeftOut("NODE_RED names no folder with Node-RED and its modbus nodes")
    return os.path.join(modules, ".bin", "node-red")


def node_red(folder, binary, slave, port, seconds):
    """Readings, CPU seconds and wall seconds; what its reading nodes say goes nowhere."""
    flow = [{"id": "tab", "type": "tab", "label": "bench"}]
    for i in range(LINKS):
        flow.append({"id": f"c{i}", "type": "modbus-client", "name": "", "clienttype": "tcp", "tcpHost": "127.0.0.1", "tcpPort": str(port),
                     "tcpType": "DEFAULT", "bufferCommands": True, "queueLogEnabled": False, "stateLogEnabled": False, "unit_id": "1",
                     "commandDelay": "1", "clientTimeout": "1000", "reconnectOnTimeout": True, "reconnectTimeout": "2000",
                     "parallelUnitIdsAllowed": True})
        flow.append({"id": f"r{i}", "type": "modbus-read", "z": "tab", "name": "", "dataType": "HoldingRegister", "adr": "0",
                     "quantity": str(REGISTERS), "rate": "1", "rateUnit": "s", "server": f"c{i}", "wires": [[], []]})
    home = os.path.join(folder, "node-red")
    if not os.path.exists(home):
        os.makedirs(home)
        os.symlink(os.path.dirname(os.path.dirname(binary)), os.path.join(home, "node_modules"))
        with open(os.path.join(home, "package.json"), "w") as f:
            json.dump({"name": "bench", "dependencies": {"node-red-contrib-modbus": "*"}}, f)
    with open(os.path.join(home, "flows.json"), "w") as f:
        json.dump(flow, f)
    with open(os.path.join(home, "settings.js"), "w") as f:
        f.write("module.exports = {flowFile: 'flows.json', uiHost: '127.0.0.1', "
                f"uiPort: {free_port()}}};\n")
    with started([binary, "-u", home, "-s", os.path.join(home, "settings.js")], TESTED, folder, "node-red") as process:
        wait_for("Node-RED's first requests", lambda: slave.ask("stop")["asked"] >= LINKS, 60, 0.5)
        time.sleep(3)
        return counted(slave, process.pid, REGISTERS, seconds)


# --- rows --------------------------------------------------------------------------------------------------------


def our_cost(folder, name, slave, port, sink_port, seconds):
    """CPU of a reading at 1 Hz, in us."""
    with ours(folder, name, port, sink_port, 1, 1000) as daemon:
        time.sleep(2)
        readings, cpu, _ = counted(slave, daemon.pid, REGISTERS, seconds)
        return cpu / readings * 1e6


def cpu_row(folder, what, goal, keeps, theirs_of):
    """CPU a reading at 1 Hz, ours / theirs; `theirs_of(slave, port, sink port, seconds)` gives readings and CPU seconds. `keeps`: they
    send their values to a store, and so do we; else ours with a store is only told."""
    seconds, mine, storing, theirs = Effort.of(8, 4), [], [], []
    with tcp_slave(folder) as (slave, port), sink(folder) as sink_port:
        for turn in range(Effort.of(3, 1)):
            storing.append(our_cost(folder, f"storing{turn}", slave, port, sink_port, seconds))
            if not keeps:
                mine.append(our_cost(folder, f"keeping{turn}", slave, port, None, seconds))
            readings, cpu, _ = theirs_of(slave, port, sink_port, seconds)
            theirs.append(cpu / readings * 1e6)
    mine = storing if keeps else mine
    ratios = [a / b for a, b in zip(mine, theirs)]
    note = "" if keeps else f"; with a store {span(storing, '.1f')} us"
    return row(f"CPU a reading at 100 x 10 x 1 Hz, whole daemon / {what}", statistics.median(ratios), goal,
               f"{min(ratios):.2f}..{max(ratios):.2f}; {span(mine, '.1f')} us against {span(theirs, '.1f')} us a reading{note}")


def collectd_at_1_hz(folder):
    """100 endpoints once a second, both send their values to a store."""
    binary = collectd_binary()
    return [cpu_row(folder, "collectd modbus", "<= 0.25", True,
                    lambda slave, port, sink_port, seconds: collectd(folder, binary, slave, port, sink_port, 1, seconds))]


def node_red_at_1_hz(folder):
    """100 endpoints once a second, against Node-RED that throws its values away: the daemon without a store, which still judges
    them and keeps them in its history."""
    binary = node_red_binary()
    return [cpu_row(folder, "Node-RED", "<= 0.1", False, lambda slave, port, _, seconds: node_red(folder, binary, slave, port, seconds))]


def our_peak(folder, name, slave, port, sink_port):
    with ours(folder, name, port, sink_port, saturating(LINKS), SATURATING_MS) as daemon:
        daemon.settle()
        return counted(slave, daemon.pid, REGISTERS, Effort.of(4, 3))


def peak_row(what, goal, mine, theirs, note):
    """Of stretches as `counted` gives them. Readings of a second of CPU, so that a core shared with others does not count:
    whoever is saturated on a core of its own takes so many a second."""
    ratios = [(a[0] / a[1]) / (b[0] / b[1]) for a, b in zip(mine, theirs)]
    rates = [span([readings / cpu for readings, cpu, _ in side], ".0f") for side in (mine, theirs)]
    walls = [statistics.median(readings / wall for readings, _, wall in side) for side in (mine, theirs)]
    return row(f"peak readings a CPU second, whole daemon / {what}", statistics.median(ratios), goal,
               f"{min(ratios):.1f}..{max(ratios):.1f}; {rates[0]} against {rates[1]}; by the wall clock {walls[0]:.0f} and {walls[1]:.0f}; {note}")


def collectd_peak(folder):
    """100 endpoints as fast as they go (collectd: an interval of 5 ms), both send their values to a store."""
    binary, mine, bare, theirs = collectd_binary(), [], [], []
    with tcp_slave(folder) as (slave, port), sink(folder) as sink_port:
        for turn in range(Effort.of(3, 1)):
            mine.append(our_peak(folder, f"storing{turn}", slave, port, sink_port))
            bare.append(our_peak(folder, f"keeping{turn}", slave, port, None))
            theirs.append(collectd(folder, binary, slave, port, sink_port, 0.005, Effort.of(4, 3)))
    without = span([readings / cpu for readings, cpu, _ in bare], ".0f")
    return [peak_row("collectd modbus, both with a store", ">= 10", mine, theirs, f"without a store the daemon takes {without}")]


def modbus_serial_peak(folder):
    """100 connections as fast as they go, against npm modbus-serial that throws its values away: the daemon without a
    store, which still judges them and keeps them in its history."""
    mine, theirs = [], []
    with tcp_slave(folder) as (slave, port):
        for turn in range(Effort.of(3, 1)):
            theirs.append(modbus_serial(folder, slave, port, Effort.of(4, 3)))
            mine.append(our_peak(folder, f"keeping{turn}", slave, port, None))
    return [peak_row("npm modbus-serial", ">= 3", mine, theirs, "it throws its values away")]
