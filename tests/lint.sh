#!/bin/sh
# lint.sh [format|shellcheck|cppcheck|clang-tidy] - how the code must look and what analysers must not find.
# Without a word: all of them. Needs build/clang for the compile commands.
cd "$(dirname "$0")/.." || exit 3

c_files() { find gateway sensors config tests -name '*.[ch]' | sort; }

check_format() { c_files | xargs clang-format --dry-run -Werror; }

check_shell() { find . -name '*.sh' -not -path './build/*' -not -path '*/node_modules/*' -print0 | xargs -0 shellcheck run .ci/run; }

# Anew each time: a list that was made before a file came would not have it looked at. It names generated files, too.
compile_commands() { cmake --preset clang >/dev/null && ninja -C build/clang --quiet generated >/dev/null; }

# Not asked of cppcheck 2.10: readdir (glibc's is safe, one thread a stream), the scope of variables (taste),
# unused members (used in another file), and in tests what callbacks and macros of cmocka make it believe.
check_cppcheck() {
    compile_commands && cppcheck --project=build/clang/compile_commands.json -i build --enable=warning,performance,portability,style \
        --std=c17 --library=posix --inline-suppr --suppress=missingIncludeSystem --suppress='*:*/build/*' \
        --suppress=readdirCalled --suppress=variableScope --suppress=unusedStructMember \
        --suppress='redundantAssignment:*tests/*' --suppress='uninitvar:*tests/*' --suppress='unassignedVariable:*tests/*' \
        --suppress='nullPointerArithmeticRedundantCheck:*tests/*' \
        --error-exitcode=1 --quiet -j 2
}

check_tidy() { compile_commands && run-clang-tidy -quiet -j 2 -p build/clang '/(gateway|sensors|config|tests/unit)/' 2>/dev/null; }

case ${1:-all} in
format) check_format ;;
shellcheck) check_shell ;;
cppcheck) check_cppcheck ;;
clang-tidy) check_tidy ;;
all) check_format && check_shell && tests/tidy.sh && check_cppcheck && check_tidy ;;
*) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
