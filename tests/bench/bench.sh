#!/bin/sh
# bench.sh - the numbers the project is held to, as ratios measured side by side in one run. Needs build/release.
cd "$(dirname "$0")/../.." || exit 3
exec /usr/bin/python3 tests/bench/bench.py "$@"
