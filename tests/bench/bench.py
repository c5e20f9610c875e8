#!/usr/bin/python3
"""bench.py [--only ROW]... [--quick] [--list] - speed and memory of the release binary, as a table.

Every ratio has both sides measured in this run, interleaved, the simulated slaves on one core and the thing under
test on the other. Absolute times of a shared machine mean nothing; ratios and their spread do. HUOYAN names another
binary, BUILD another folder of the tools."""
import argparse
import shutil
import subprocess
import sys
import tempfile

import bus
import hostile
import daemon
import peers
import radios
import tcp
from kit import Effort, LeftOut

JOBS = (tcp.cpu_100_links, tcp.cpu_1000_links, tcp.many_links, tcp.links_1000_at_1_hz, peers.collectd_at_1_hz, peers.collectd_peak,
        peers.modbus_serial_peak, peers.node_red_at_1_hz, bus.rtu_9600, bus.rtu_115200,
        bus.one_dead_of_32, radios.dtus_1000, hostile.hostile_replies, daemon.change_to_sms, daemon.size)


def measure(job):
    """Prints a job's rows; True when all hold."""
    folder = tempfile.mkdtemp(prefix="huoyan-bench-")
    try:
        rows = job(folder)
    except LeftOut as why:
        print(f"{job.__name__}: {why}, row left out", flush=True)
        return True
    except (SystemExit, subprocess.CalledProcessError, OSError) as why:
        print(f"{job.__name__}: NO row came of it: {why}", flush=True)
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for what, value, goal, is_held, spread in rows:
        print(f"{what:<88} {value:>9.3f} {goal:>9} {'ok ' if is_held else 'NO '} {spread}", flush=True)
    return all(is_held for _, _, _, is_held, _ in rows)


def main():
    names = [job.__name__ for job in JOBS]
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", choices=names, help="only this row; may be said again")
    parser.add_argument("--quick", action="store_true", help="short stretches: to see that the rows work, not to publish")
    parser.add_argument("--list", action="store_true", help="the rows and what each does")
    said = parser.parse_args()
    if said.list:
        for job in JOBS:
            print(f"{job.__name__:<20} {' '.join(job.__doc__.split())}")
        return
    Effort.is_quick = said.quick
    print(f"{'what':<88} {'measured':>9} {'held to':>9}      spread", flush=True)
    wanted = [job for job in JOBS if not said.only or job.__name__ in said.only]
    held = [measure(job) for job in wanted]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
