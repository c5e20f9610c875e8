#!/bin/sh
# tidy.sh [ROOT] - the rules of the tree that no compiler knows; run by ctest.
# Each broken rule is printed as file:line: code <- reason. Exit 0 all is well, 1 a rule is broken, 2 cannot look.
set -u

cd "${1:-$(dirname "$0")/..}" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
code=$work/code   # file:line:code of all sources, comments and strings blanked, includes kept
product=$work/product # the same without tests

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

# tests/rooms.txt lists the rooms, lowest first. A file may include its own room, and of a lower room its door.
check_rooms() {
    [ -s tests/rooms.txt ] || { echo 'tests/rooms.txt:1: no list of rooms' | report 'each folder of sources is a room'; return; }
    awk '
        function folder(path) { sub("/[^/]*$", "", path); return path }
        function is_allowed(rooms, target,    part, count, i) {
            count = split(rooms, part, ",")
            for (i = 1; i <= count; i++) {
                if (part[i] == target || part[i] == "*") return 1
                if (part[i] ~ /\/\*$/ && index(target "/", substr(part[i], 1, length(part[i]) - 1)) == 1) return 1
            }
            return 0
        }
        FNR == NR {
            if ($0 !~ /^#/ && NF > 0) { rank[$1] = NR; may[$1] = $2; door[$1] = " " $3 " "; gsub(",", " ", door[$1]) }
            next
        }
        {
            place = $0
            match(place, /^[^:]*:[0-9]+:/)
            code = substr(place, RLENGTH + 1)
            path = substr(place, 1, RLENGTH - 1)
            sub(/:[0-9]+$/, "", path)
            room = folder(path)
            if (!(room in rank)) {
                if (!(room in told)) print place " <- " room " is not in tests/rooms.txt"
                told[room] = 1
                next
            }
            if (code !~ /^[ \t]*#[ \t]*include[ \t]*"/) next
            header = code
            sub(/^[^"]*"/, "", header)
            sub(/".*$/, "", header)
            if (header !~ /\//) { print place " <- write the path of a header from the top"; next }
            target = folder(header)
            if (target == room) next
            name = header
            sub(/^.*\//, "", name)
            if (!(target in rank)) print place " <- " target " is not in tests/rooms.txt"
            else if (rank[target] > rank[room] || !is_allowed(may[room], target))
                print place " <- " room " may not include " target
            else if (door[target] != " * " && index(door[target], " " name " ") == 0)
                print place " <- " name " is not the door of " target
        }' tests/rooms.txt "$product" >"$work/rooms"
    [ ! -s "$work/rooms" ] || { cat "$work/rooms" >&2; : >"$work/broken"; }
}

# So few files in a room that one look at the folder is enough, and no file name twice in the tree.
check_files() {
    find gateway sensors config -name '*.[ch]' 2>/dev/null | sort >"$work/files"
    sed 's,/[^/]*$,,' "$work/files" | sort | uniq -c | awk '$1 > 22 && $2 != "gateway/base" { print $2 ":1: " $1 " files" }' |
        report 'a room of more than 22 files: build a new room'
    awk -F/ '{ if ($NF in seen) print $0 ":1: also " seen[$NF]; seen[$NF] = $0 }' "$work/files" | report 'a file name that stands twice in the tree'
    while IFS= read -r file; do
        IFS= read -r first <"$file"
        case $file in
        *.h) case $first in "/* ${file##*/} - "*) ;; *) printf '%s:1: %s\n' "$file" "$first" ;; esac ;;
        *) [ -e "${file%.c}.h" ] || case $first in '/* '*) ;; *) printf '%s:1: %s\n' "$file" "$first" ;; esac ;;
        esac
    done <"$work/files" | report 'the first line says what the file is: /* name.h - ... */'
}

# A static function is found by its name alone: verb_object, once in the tree.
check_statics() {
    awk '
        /^[^:]*:[0-9]+:static [^=(;]*[ *][a-z_0-9]+\(/ {
            name = $0
            sub(/^[^:]*:[0-9]+:/, "", name)
            sub(/\(.*$/, "", name)
            sub(/^.*[ *]/, "", name)
            path = $0
            sub(/:.*$/, "", path)
            if (name !~ /_/) print $0 " <- a static function is verb_object"
            if ((name in home) && home[name] != path) print $0 " <- " home[name] " has a static function of that name"
            home[name] = path
        }' "$product" >"$work/statics"
    [ ! -s "$work/statics" ] || { cat "$work/statics" >&2; : >"$work/broken"; }
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
    grep -E "$(line_with '' "$1")" "$product" | grep -vE "^$2:" | report "only $2 may use this"
}

header() { # names as an extended regex
    printf '#[[:blank:]]*include[[:blank:]]*[<"](%s)[>"]' "$1"
}

call() { # names as an extended regex
    printf '(%s)[[:blank:]]*\\(' "$1"
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
    grep -E "$(line_with sensors/ "$(header 'poll\.h|termios\.h|netdb\.h|unistd\.h|fcntl\.h|sys/(socket|ioctl|un|epoll|eventfd|uio)\.h|netinet/.*|arpa/.*')")" "$product" |
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
    grep -E ':[0-9]+:.*\<goto\>' "$product" | grep -vE 'goto done;' | report 'goto is for the label done and nothing else'
    find gateway sensors config tests -name '*.[ch]' -exec grep -nHE '\<(FIXME|XXX|TODO)\>' {} + 2>/dev/null |
        report 'unfinished work does not land'
    find gateway sensors config -name '*.h' 2>/dev/null | sort | while IFS= read -r file; do
        grep -q '^#pragma once$' "$file" || printf '%s:1:\n' "$file"
    done | report 'a header begins with #pragma once'
}

# Small enough to read in one sitting: 500 lines of 100 columns.
check_lengths() {
    find gateway sensors config tests -name '*.[ch]' 2>/dev/null | sort | tr '\n' '\0' |
        LC_ALL=C.UTF-8 xargs -0 -r grep -nHE '^.{101,}' | report 'more than 100 columns'
    find gateway sensors config tests -name '*.[ch]' 2>/dev/null | sort | tr '\n' '\0' |
        xargs -0 -r grep -nHE '^[[:blank:]]*/\* ([-=*]{2,}|[0-9]+\. )' | report 'no banners: a heading is a sentence'
    find gateway sensors config -name '*.[ch]' 2>/dev/null | sort | while IFS= read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le 500 ] || printf '%s:501: %s lines\n' "$file" "$lines"
    done | report 'more than 500 lines: split it'
}

# People read these on one screen: full-width signs beside Chinese characters, in SMS and pages alike.
check_punctuation() {
    # shellcheck disable=SC2016 # backticks quote texts of TypeScript
    find gateway sensors config dashboards/web/src \( -name '*.[ch]' -o -name '*.ts' -o -name '*.tsx' \) 2>/dev/null |
        sort | tr '\n' '\0' | LC_ALL=C.UTF-8 xargs -0 -r grep -nHoP '"(\\.|[^"\\])*"|`[^`]*`|'"'[^']*'" |
        LC_ALL=C.UTF-8 grep -P '[\x{3400}-\x{9fff}][,;:?!()]|[,;:?!()][\x{3400}-\x{9fff}]' |
        report 'full-width signs beside Chinese characters'
}

strip_sources >"$code"
if ! [ -s "$code" ]; then
    printf 'tidy.sh: no sources below %s\n' "$PWD" >&2
    exit 2
fi
grep -v '^tests/' "$code" >"$product"
check_rooms
check_files
check_statics
check_gates
check_wire
check_core
check_words
check_lengths
check_punctuation
! [ -e "$work/broken" ]
