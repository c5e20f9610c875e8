#!/bin/sh
# fuzz.sh SECONDS - each fuzz target for so long, two at a time; what it finds is left in build/fuzz/found.
cd "$(dirname "$0")/../.." || exit 3
seconds=${1:-60}
found=$PWD/build/fuzz/found
mkdir -p "$found"

fuzz_one() {
    name=$(basename "$1" _fuzz)
    grown=build/fuzz/corpus/$name
    mkdir -p "$grown"
    if "$1" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=0 -verbosity=0 \
        -artifact_prefix="$found/$name-" "$grown" "tests/fuzz/corpus/$name" >"build/fuzz/$name.log" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name"
        tail -n 40 "build/fuzz/$name.log"
    fi
}

if [ "${2:-}" = one ]; then
    fuzz_one "$3"
    exit
fi
find build/fuzz -maxdepth 1 -name '*_fuzz' -type f -perm -u+x | sort |
    xargs -n 1 -P 2 "$0" "$seconds" one | tee build/fuzz/result
good=$(grep -c '^ok ' build/fuzz/result)
bad=$(grep -c '^not ok ' build/fuzz/result)
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
