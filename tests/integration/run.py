#!/usr/bin/python3
"""Runs the integration tests: every test_* function of every test_*.py beside this file, or those whose name has the
filter in it. Each test gets a directory of its own. Closes with `N passed, N failed`; exit 1 when one failed.

    run.py [--binary PATH] [--keep] [FILTER]
"""
import argparse
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


def find_tests(wanted):
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        for name, test in vars(module).items():
            if name.startswith("test_") and callable(test) and wanted in name:
                yield name[len("test_"):], test


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


def run_test(name, test, keep):
    directory = tempfile.mkdtemp(prefix="huoyan-")
    began = time.monotonic()
    try:
        test(directory)
        print(f"ok {name} ({time.monotonic() - began:.1f} s)", flush=True)
        has_passed = True
    except Exception:  # a test may fail in any way, and the others go on
        traceback.print_exc()
        print(f"not ok {name} (see {directory})" if keep else f"not ok {name}", flush=True)
        has_passed = False
    end_leftovers()
    if not keep or has_passed:
        shutil.rmtree(directory, ignore_errors=True)
    return has_passed


def main():
    parser = argparse.ArgumentParser(description="integration tests")
    parser.add_argument("--binary", help="the huoyan to test (default: HUOYAN)")
    parser.add_argument("--keep", action="store_true", help="keep the directory of a failed test")
    parser.add_argument("filter", nargs="?", default="")
    arguments = parser.parse_args()
    if arguments.binary:
        os.environ["HUOYAN"] = os.path.abspath(arguments.binary)
    sys.path.insert(0, HERE)
    results = [run_test(name, test, arguments.keep) for name, test in find_tests(arguments.filter)]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 1 if False in results or not results else 0


if __name__ == "__main__":
    sys.exit(main())
