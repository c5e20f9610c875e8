#!/bin/sh
# all.sh - everything that must hold, cheapest first. Called by ./run test with all tools installed.
# Each stage adds to the count; a failed one does not stop the others. HUOYAN_STAGES names some of them.
cd "$(dirname "$0")/.." || exit 3
passed=0
failed=0
broken=''
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# count NAME LOG CODE: takes the last "N passed, N failed" of the log, or ctest's sum, or one for the stage itself.
count() {
    good=$(sed -n 's/^.*\b\([0-9][0-9]*\) passed, [0-9][0-9]* failed.*$/\1/p' "$2" | tail -n 1)
    bad=$(sed -n 's/^.*\b[0-9][0-9]* passed, \([0-9][0-9]*\) failed.*$/\1/p' "$2" | tail -n 1)
    if [ -z "$good" ]; then
        bad=$(sed -n 's/^.*tests passed, \([0-9]*\) tests failed out of [0-9]*$/\1/p' "$2" | tail -n 1)
        all=$(sed -n 's/^.*tests failed out of \([0-9]*\)$/\1/p' "$2" | tail -n 1)
        [ -z "$all" ] || good=$((all - bad))
    fi
    if [ -z "$good" ]; then
        good=$([ "$3" -eq 0 ] && echo 1 || echo 0)
        bad=$((1 - good))
    elif [ "$3" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    [ "$bad" -eq 0 ] || broken="$broken $1"
    echo "== $1: $good passed, $bad failed"
}

is_wanted() { case " ${HUOYAN_STAGES:-$1} " in *" $1 "*) return 0 ;; esac; return 1; }

# finish NAME CODE STARTED: quiet when it is well, whole when it is not.
finish() {
    [ "$2" -eq 0 ] || tail -n 200 "$logs/$1"
    count "$1" "$logs/$1" "$2"
    echo "   $(($(date +%s) - $3)) s"
}

stage() { # NAME COMMAND...
    name=$1
    shift
    is_wanted "$name" || return
    started=$(date +%s)
    "$@" >"$logs/$name" 2>&1
    finish "$name" $? "$started"
}

# The same beside what follows, for stages that mostly wait; `joined` waits for it.
beside() { # NAME COMMAND...
    beside=$1
    shift
    is_wanted "$beside" || return
    beside_started=$(date +%s)
    "$@" >"$logs/$beside" 2>&1 &
    beside_pid=$!
}

joined() {
    is_wanted "$beside" || return
    wait "$beside_pid"
    finish "$beside" $? "$beside_started"
}

tested() { # PRESET
    [ -e "build/$1/build.ninja" ] || cmake --preset "$1" >/dev/null || return 1
    ninja -C "build/$1" --quiet || return 1
    # ThreadSanitizer needs the address space of old: no randomisation.
    setarch -R ctest --preset "$1" -j 2
}

compiled() { # PRESET
    [ -e "build/$1/build.ninja" ] || cmake --preset "$1" >/dev/null || return 1
    ninja -C "build/$1" --quiet
}

front_end() { (cd dashboards/web && node_modules/.bin/tsc -p .); }

stage format tests/lint.sh format
stage shellcheck tests/lint.sh shellcheck
stage types front_end
stage dev tested dev
stage clang tested clang
stage tsan tested tsan
stage release compiled release
stage cppcheck tests/lint.sh cppcheck
stage integration /usr/bin/python3 tests/integration/run.py --binary build/release/huoyan
beside browser node tests/browser/run.mjs --binary build/release/huoyan
stage clang-tidy tests/lint.sh clang-tidy
joined
stage fuzz-build compiled fuzz
stage fuzz tests/fuzz/fuzz.sh 20

[ -z "$broken" ] || echo "broken:$broken"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
