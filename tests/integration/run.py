#!/usr/bin/python3
"""Runs the integration tests: every test_* function of every test_*.py beside this file, or those whose name has the
filter in it. Each test gets a directory of its own, and free ports, so several run at once: they mostly wait. Closes
with `N passed, N failed`; exit 1 when one failed.

    run.py [--binary PATH] [--jobs N] [--keep] [FILTER]
"""
import argparse
import concurrent.futures
import glob
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))


LONGEST = ("test_links", "test_forward", "test_daemon")  # begun first, so that nothing long is left at the end


def find_tests(wanted):
    """Pairs of module and function name."""
    modules = sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(HERE, "test_*.py")))
    for module in sorted(modules, key=lambda name: name not in LONGEST):
        for name, test in vars(importlib.import_module(module)).items():
            if name.startswith("test_") and callable(test) and wanted in name:
                yield module, name


def children():
    """Our child processes that still run."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def end_leftovers():
    for pid in children():
        try:
            os.killpg(pid, signal.SIGKILL)  # peers.py gives each a group of its own
            os.waitpid(pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def run_test(module, function, keep):
    test = getattr(importlib.import_module(module), function)
    name = function[len("test_"):]
    directory = tempfile.mkdtemp(prefix="huoyan-")
    began = time.monotonic()
    try:
        test(directory)
        print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
        has_passed = True
    except Exception:  # a test may fail in any way, and the others go on
        where = f" (see {directory})" if keep else ""
        print(f"not ok {name}{where}\n{traceback.format_exc()}", flush=True)
        has_passed = False
    end_leftovers()
    if not keep or has_passed:
        shutil.rmtree(directory, ignore_errors=True)
    return has_passed


def main():
    parser = argparse.ArgumentParser(description="integration tests")
    parser.add_argument("--binary", help="the huoyan to test (default: HUOYAN)")
    parser.add_argument("--jobs", type=int, default=4, help="tests at once")
    parser.add_argument("--keep", action="store_true", help="keep the directory of a failed test")
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()
    if arguments.binary:
        os.environ["HUOYAN"] = os.path.abspath(arguments.binary)
    sys.path.insert(0, HERE)
    tests = list(find_tests(arguments.filter))
    with concurrent.futures.ProcessPoolExecutor(max_workers=arguments.jobs) as pool:
        runs = [pool.submit(run_test, module, function, arguments.keep) for module, function in tests]
        results = [run.result() for run in runs]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 1 if False in results or not results else 0


if __name__ == "__main__":
    sys.exit(main())
