#!/bin/sh
# tidy.sh [ROOT] - the rules of the house that no compiler knows; run by ctest.
# Each broken rule is printed as file:line: code <- reason. Exit 0 all is well, 1 a rule is broken, 2 cannot look.
set -u

cd "${1:-$(dirname "$0")/..}" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
code=$work/code   # file:line:code of all sources, comments and strings blanked, includes kept
house=$work/house # the same without tests

# Prints what comes in as broken, with the reason.
report() { # reason
    while IFS= read -r hit; do
        printf '%s <- %s\n' "$hit" "$1" >&2
        : >"$work/broken"
    done
}

strip_sources() {
    # shellcheck disable=SC2016 # the dollars are awk's
    find gateway sensors config tests -name '*.[ch]' 2>/dev/null | sort | tr '\n' '\0' |
        xargs -0 -r awk '
            FNR == 1 { in_comment = 0 }
            !in_comment && /^[ \t]*#[ \t]*include/ { print FILENAME ":" FNR ":" $0; next }
            {
                rest = $0
                out = ""
                while (rest != "") {
                    if (in_comment) {
                        end = index(rest, "*/")
                        in_comment = end == 0
                        rest = end == 0 ? "" : substr(rest, end + 2)
                    } else if (substr(rest, 1, 2) == "//") {
                        rest = ""
                    } else if (substr(rest, 1, 2) == "/*") {
                        in_comment = 1
                        rest = substr(rest, 3)
                    } else if (match(rest, /^"([^"\\]|\\.)*"/) || match(rest, /^\047([^\047\\]|\\.)*\047/)) {
                        out = out "\"\""
                        rest = substr(rest, RLENGTH + 1)
                    } else {
                        if (!match(rest, /^[^"\047\/]+/)) {
                            RLENGTH = 1
                        }
                        out = out substr(rest, 1, RLENGTH)
                        rest = substr(rest, RLENGTH + 1)
                    }
                }
                if (out != "") {
                    print FILENAME ":" FNR ":" out
                }
            }'
}

# A folder may include only from the folders named beside it.
floor() { # folder, allowed folders as an extended regex
    grep -E "^$1/[^:]+:[0-9]+:[[:blank:]]*#[[:blank:]]*include[[:blank:]]*\"" "$house" |
        grep -vE "include[[:blank:]]*\"($2)/[a-z0-9_/]+\.h\"" |
        report "$1 may include only $2"
}

# The code of a line begins with the pattern, or has it behind something that is no name and no member.
line_with() { # path, pattern, both extended regexes
    printf '^(%s)[^:]*:[0-9]+:(.*[^A-Za-z0-9_.>])?(%s)' "$1" "$2"
}

forbid() { # path and pattern as above, reason
    grep -E "$(line_with "$1" "$2")" "$code" | report "$3"
}

# One gate for each outside thing: the only file that may name it.
gate() { # pattern, the file
    grep -E "$(line_with '' "$1")" "$house" | grep -vE "^$2:" | report "only $2 may use this"
}

header() { # names as an extended regex
    printf '#[[:blank:]]*include[[:blank:]]*[<"](%s)[>"]' "$1"
}

call() { # names as an extended regex
    printf '(%s)[[:blank:]]*\\(' "$1"
}

check_floors() {
    floor gateway/base 'gateway/base'
    floor gateway/core 'gateway/(base|core)'
    floor sensors 'gateway/base|sensors'
    floor gateway/io 'gateway/(base|core|io)'
    floor config 'gateway/(base|core|io)|sensors|config'
}

check_gates() {
    gate "$(header 'modbus/.*|modbus\.h')" sensors/transport/libmodbus.c
    gate "$(header 'uv\.h|uv/.*')" sensors/wire/wire.c
    gate "$(header 'sqlite3\.h')" gateway/io/system/db.c
    gate "$(header 'curl/.*')" gateway/io/system/http.c
    gate "$(header 'microhttpd\.h')" gateway/io/web/web.c
    gate "$(header 'sodium\.h|sodium/.*')" gateway/io/auth/secret.c
    gate "$(header 'cJSON\.h|cjson/.*')" gateway/base/json_scalar.c
    gate "$(header 'zlib\.h')" gateway/io/system/gzip.c
    gate "$(call 'clock_gettime|clock_nanosleep|gettimeofday|time|localtime|localtime_r|nanosleep|usleep|sleep|uv_hrtime')" \
        gateway/io/system/clock.c
}

# The pure part of sensors takes bytes and gives bytes; sockets and ports are for the wire and for the probe.
check_wire() {
    grep -E "$(line_with sensors/ "$(header 'poll\.h|termios\.h|netdb\.h|unistd\.h|fcntl\.h|sys/(socket|ioctl|un|epoll|eventfd|uio)\.h|netinet/.*|arpa/.*')")" "$house" |
        grep -vE '^sensors/(dtu|simulator|status|transport|wire)/[a-z_]+\.[ch]:' |
        report 'the pure part of sensors touches no sockets and no ports'
}

# The engine is deterministic: the same events give the same effects.
check_core() {
    core='gateway/core/'
    forbid "$core" "$(header 'pthread\.h|threads\.h|stdatomic\.h|semaphore\.h')" 'no threads or locks in core'
    forbid "$core" "$(call 'pthread_[a-z_]+|mtx_[a-z]+|cnd_[a-z]+|thrd_[a-z]+')" 'no threads or locks in core'
    forbid "$core" "$(header 'time\.h|unistd\.h|fcntl\.h|poll\.h|signal\.h|sys/.*|netinet/.*')" 'no clock or I/O in core'
    forbid "$core" "$(call 'v?f?printf|f?puts|f?putc|putchar|perror|fopen|fclose|fread|fwrite|fgets|f?getc|getchar|f?scanf')" \
        'no I/O in core'
    forbid "$core" "$(call 'malloc|calloc|realloc|reallocarray|free|strdup|strndup|v?asprintf')" \
        'no allocation in core: memory is the arena'"'"'s'
    forbid "$core" "$(call 'getenv|rand|random|rand_r|drand48|arc4random|getrandom')" 'nothing random in core'
}

check_words() {
    forbid '' "$(call 'v?sprintf|strcpy|strcat|strncpy|strtok|atoi|atof|gets|system|popen|alloca')" 'banned: see its safe sister'
    forbid '' 'typedef[[:blank:]]+(struct|union|enum)' 'no typedef of structs'
    grep -E ':[0-9]+:.*\<goto\>' "$house" | grep -vE 'goto done;' | report 'goto is for the label done and nothing else'
    find gateway sensors config tests -name '*.[ch]' -exec grep -nHE '\<(FIXME|XXX|TODO)\>' {} + 2>/dev/null |
        report 'unfinished work does not land'
    find gateway sensors config -name '*.h' 2>/dev/null | sort | while IFS= read -r file; do
        grep -q '^#pragma once$' "$file" || printf '%s:1:\n' "$file"
    done | report 'a header begins with #pragma once'
}

# Small enough to read in one sitting.
check_lengths() {
    find gateway sensors config -name '*.[ch]' 2>/dev/null | sort | while IFS= read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le 500 ] || printf '%s:501: %s lines\n' "$file" "$lines"
    done | report 'more than 500 lines: split it'
}

strip_sources >"$code"
if ! [ -s "$code" ]; then
    printf 'tidy.sh: no sources below %s\n' "$PWD" >&2
    exit 2
fi
grep -v '^tests/' "$code" >"$house"
check_floors
check_gates
check_wire
check_core
check_words
check_lengths
! [ -e "$work/broken" ]
