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

# count NAME LOG CODE SECONDS: takes the last "N passed, N failed" of the log, or ctest's sum, or one for the stage itself.
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
    echo "== $1: $good passed, $bad failed ($4 s)"
}

is_wanted() { case " ${HUOYAN_STAGES:-$1} " in *" $1 "*) return 0 ;; esac; return 1; }

# run_stage NAME COMMAND...: leaves the output, the exit code and the seconds in files, for finish_stage.
run_stage() {
    name=$1
    shift
    started=$(date +%s)
    "$@" >"$logs/$name" 2>&1
    echo "$? $(($(date +%s) - started))" >"$logs/$name.end"
}

# finish_stage NAME: counts the stage. Prints its output only when it failed.
finish_stage() {
    read -r code seconds <"$logs/$1.end"
    [ "$code" -eq 0 ] || tail -n 200 "$logs/$1"
    count "$1" "$logs/$1" "$code" "$seconds"
}

stage() { # NAME COMMAND...
    is_wanted "$1" || return
    run_stage "$@"
    finish_stage "$1"
}

# start NAME COMMAND...: runs a stage that mostly waits beside the stages that follow, until `join NAME`.
start() {
    is_wanted "$1" || return
    run_stage "$@" &
    eval "pid_$1=\$!"
}

join() { # NAME
    is_wanted "$1" || return
    eval "wait \$pid_$1"
    finish_stage "$1"
}

# low COMMAND...: what only computes gives way to tests that run beside it.
low() { nice -n 15 "$@"; }

compiled() { # PRESET [TARGET...]
    preset=$1
    shift
    [ -e "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null || return 1
    low ninja -C "build/$preset" --quiet "$@"
}

# ThreadSanitizer needs the address space of old: no randomisation.
tested() { # PRESET
    compiled "$1" && setarch -R ctest --preset "$1" -j 2
}

front_end() { (cd dashboards/web && node_modules/.bin/tsc -p .); }

# Two lanes: the integration and browser tests mostly wait, so compilers and analysers run beside them at low priority.
began=$(date +%s)
stage format tests/lint.sh format
stage shellcheck tests/lint.sh shellcheck
stage types front_end
stage release compiled release
start integration /usr/bin/python3 tests/integration/run.py --binary build/release/huoyan
stage clang-tidy low tests/lint.sh clang-tidy
stage cppcheck low tests/lint.sh cppcheck
join integration
start browser node tests/browser/run.mjs --binary build/release/huoyan
stage fuzz-build compiled fuzz
stage clang-build compiled clang
stage fuzz low tests/fuzz/fuzz.sh "${HUOYAN_FUZZ_SECONDS:-20}"
join browser
stage dev tested dev
stage clang tested clang
stage tsan tested tsan

[ -z "$broken" ] || echo "broken:$broken"
echo "all stages: $(($(date +%s) - began)) s"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
