#!/bin/sh
# tidy_test.sh - tidy.sh must catch each planted violation, name its line, and leave a clean tree alone.
set -u

tidy=$(cd "$(dirname "$0")" && pwd)/tidy.sh
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
tree=$work/tree
failed=0

fail() { # sentence
    printf 'FAILED: %s\n' "$1" >&2
    failed=$((failed + 1))
}

# A small tree that keeps all rules, with words in comments, strings and names that only look like violations.
build_tree() {
    mkdir -p "$tree/tests/unit/io/system"
    for header in gateway/base/text.h gateway/base/json_scalar.h gateway/core/expr/window.h \
        gateway/io/system/clock.h gateway/io/system/db.h gateway/io/system/http.h gateway/io/web/web.h \
        gateway/io/auth/secret.h gateway/io/system/gzip.h sensors/transport/libmodbus.h \
        sensors/modbus/frame.h sensors/wire/probe.h sensors/wire/wire.h config/schema/reader.h \
        gateway/cli/check_config.h; do
        mkdir -p "$tree/$(dirname "$header")"
        printf '/* %s - what it is. */\n#pragma once\n' "$(basename "$header")" >"$tree/$header"
        printf '#include "%s"\n' "$header" >"$tree/${header%.h}.c"
    done
    cat >"$tree/tests/rooms.txt" <<'ROOMS'
# room              may include                     door
gateway/base        -                               *
gateway/core/expr   gateway/base                    window.h
sensors/modbus      gateway/base                    frame.h
sensors/transport   gateway/base,sensors/*          libmodbus.h
sensors/wire        gateway/base,sensors/*          wire.h
gateway/io/system   gateway/base                    *
gateway/io/auth     gateway/base,gateway/io/*       auth.h
gateway/io/web      gateway/base,gateway/io/*       web.h
config/schema       gateway/base,gateway/io/system,sensors/*  reader.h
gateway/cli         *                               -
ROOMS
    printf '#include <cjson/cJSON.h>\nstatic int add_word(int x)\n' >>"$tree/gateway/base/json_scalar.c"
    printf '#include <sqlite3.h>\n' >>"$tree/gateway/io/system/db.c"
    printf '#include <curl/curl.h>\n' >>"$tree/gateway/io/system/http.c"
    printf '#include <microhttpd.h>\n' >>"$tree/gateway/io/web/web.c"
    printf '#include <sodium.h>\n' >>"$tree/gateway/io/auth/secret.c"
    printf '#include <zlib.h>\n' >>"$tree/gateway/io/system/gzip.c"
    printf '#include <modbus/modbus.h>\n' >>"$tree/sensors/transport/libmodbus.c"
    printf '#include <uv.h>\n' >>"$tree/sensors/wire/wire.c"
    printf '#include <netdb.h>\n' >>"$tree/sensors/wire/probe.c"
    printf 'void f(void)\n{\n    clock_gettime(0, 0);\n}\n' >>"$tree/gateway/io/system/clock.c"
    cat >>"$tree/gateway/core/expr/window.c" <<'CODE'
#include <stdlib.h>
#include "gateway/base/text.h"
/* sleep (a while), malloc(3) and
 * strcpy(to, from) are only words here; #include <pthread.h> too */
// time(NULL) and printf("x")
static const char *text = "time(NULL) strcpy(\" sleep(1) /*";
static const char quote = '"'; /* the string does not begin here: malloc(1) */
static int read_uptime(void) { return world.time(0) + world->sleep (1) + snprintf(0, 0, "x"); }
void g(void) { goto done; done: return; }
CODE
    printf '#include "sensors/transport/libmodbus.h"\n#include "gateway/io/system/db.h"\n' >>"$tree/config/schema/reader.c"
    printf '#include "config/schema/reader.h"\n#include "sensors/wire/wire.h"\n' >"$tree/gateway/cli/check_config.c"
    printf '#include <sqlite3.h>\nint main(void) { return (int) time(0); }\n' >"$tree/tests/unit/io/system/db_test.c"
}

# Adds a line to a file; tidy.sh must name that very line and the reason.
plant() { # file, line, part of the reason
    printf '%s\n' "$2" >>"$tree/$1"
    printf '%s:%d:|%s|%s\n' "$1" "$(wc -l <"$tree/$1")" "$3" "$2" >>"$work/planted"
}

# One complaint for each planted line, and none besides.
expect_planted() {
    "$tidy" "$tree" >"$work/out" 2>&1 && fail 'violations pass'
    while IFS='|' read -r place reason line; do
        case $(grep -cF "$place" "$work/out") in
        0) fail "not caught in $place $line" ;;
        1) grep -F "$place" "$work/out" | grep -qF "$reason" || fail "the wrong reason for $place $line" ;;
        *) fail "more than one complaint about $place $line" ;;
        esac
    done <"$work/planted"
    [ "$(wc -l <"$work/out")" -eq "$(wc -l <"$work/planted")" ] || {
        fail 'as many complaints as planted lines'
        cat "$work/out" >&2
    }
}

build_tree
"$tidy" "$tree" >"$work/out" 2>&1 || {
    fail 'a clean tree is refused'
    cat "$work/out" >&2
}

plant gateway/base/text.c '#include "gateway/core/expr/window.h"' 'gateway/base may not include gateway/core/expr'
plant gateway/base/text.h '#include "gateway/io/system/clock.h"' 'gateway/base may not include'
plant gateway/core/expr/window.c '#include "gateway/io/system/clock.h"' 'gateway/core/expr may not include'
plant gateway/core/expr/window.c '#include "sensors/transport/libmodbus.h"' 'gateway/core/expr may not include'
plant gateway/core/expr/window.c '#include "window.h"' 'write the path of a header from the top'
plant sensors/wire/wire.c '#include "gateway/core/expr/window.h"' 'sensors/wire may not include'
plant sensors/modbus/frame.c '#include "sensors/wire/wire.h"' 'sensors/modbus may not include sensors/wire'
plant sensors/transport/libmodbus.h '#include "sensors/wire/wire.h"' 'sensors/transport may not include sensors/wire'
plant sensors/transport/libmodbus.c '#include "sensors/modbus/frame_parts.h"' 'frame_parts.h is not the door of sensors/modbus'
plant gateway/cli/check_config.c '#include "sensors/wire/probe.h"' 'probe.h is not the door of sensors/wire'
plant gateway/io/system/db.c '  #  include "config/schema/reader.h"' 'gateway/io/system may not include'
plant gateway/io/system/db.c '#include "gateway/io/web/web.h"' 'gateway/io/system may not include gateway/io/web'
plant gateway/io/web/web.c '#include "sensors/transport/libmodbus.h"' 'gateway/io/web may not include'
plant config/schema/reader.c '#include "gateway/cli/check_config.h"' 'config/schema may not include'
plant config/schema/reader.c '#include "gateway/attic/old.h"' 'gateway/attic is not in tests/rooms.txt'
for name in poll termios netdb unistd fcntl sys/socket sys/ioctl netinet/in arpa/inet; do
    plant sensors/modbus/frame.c "#include <$name.h>" 'no sockets and no ports'
done
plant sensors/modbus/frame.h '#include <sys/socket.h>' 'no sockets and no ports'

plant gateway/io/system/db.c '#include <modbus/modbus.h>' 'only sensors/transport/libmodbus.c'
plant gateway/cli/check_config.c '#include <modbus.h>' 'only sensors/transport/libmodbus.c'
plant gateway/cli/check_config.c '#include <uv.h>' 'only sensors/wire/wire.c'
plant gateway/io/system/http.c '#include <sqlite3.h>' 'only gateway/io/system/db.c'
plant gateway/io/system/db.h '#include <sqlite3.h>' 'only gateway/io/system/db.c'
plant gateway/io/web/web.c '#include <curl/easy.h>' 'only gateway/io/system/http.c'
plant gateway/io/system/http.c '#include <microhttpd.h>' 'only gateway/io/web/web.c'
plant gateway/cli/check_config.c '#include <sodium.h>' 'only gateway/io/auth/secret.c'
plant config/schema/reader.c '#include <cjson/cJSON.h>' 'only gateway/base/json_scalar.c'
plant gateway/io/system/http.c '#include <zlib.h>' 'only gateway/io/system/gzip.c'

for name in clock_gettime clock_nanosleep gettimeofday time localtime localtime_r nanosleep usleep sleep; do
    plant gateway/io/system/db.c "    x = $name (0);" 'only gateway/io/system/clock.c'
    plant sensors/wire/wire.c "$name(0);" 'only gateway/io/system/clock.c'
done
plant gateway/core/expr/window.c 'int x = time(0);' 'only gateway/io/system/clock.c'

plant gateway/core/expr/window.c '#include <pthread.h>' 'no threads'
plant gateway/core/expr/window.c '#include <stdatomic.h>' 'no threads'
plant gateway/core/expr/window.c 'pthread_mutex_lock(&lock);' 'no threads'
plant gateway/core/expr/window.c '#include <time.h>' 'no clock or I/O'
plant gateway/core/expr/window.c '#include <unistd.h>' 'no clock or I/O'
plant gateway/core/expr/window.c '#include <sys/socket.h>' 'no clock or I/O'
for name in printf fprintf vfprintf puts fputs putchar fopen fread fwrite fgets fclose; do
    plant gateway/core/expr/window.c "    (void) $name(x);" 'no I/O'
done
for name in malloc calloc realloc free strdup asprintf; do
    plant gateway/core/expr/window.c "    x = $name(3);" 'no allocation'
done
plant gateway/core/expr/window.c 'x = rand();' 'nothing random'

for name in sprintf vsprintf strcpy strcat strncpy strtok atoi atof gets system popen alloca; do
    plant gateway/base/text.c "    $name(to, from);" 'banned'
    plant tests/unit/io/system/db_test.c "    $name(to, from);" 'banned'
done
plant gateway/base/text.h 'typedef struct window window_t;' 'no typedef'
plant gateway/base/text.c '    goto again;' 'goto'
plant gateway/base/text.c '/* FIXME later */' 'unfinished'
plant tests/unit/io/system/db_test.c '/* TODO later */' 'unfinished'

# Code after the end of a comment, and between two.
plant gateway/base/text.c '/* a */ strcpy(to, from); /* b */' 'banned'

plant gateway/base/text.c 'static int refuse(int x)' 'a static function is verb_object'
plant gateway/base/text.c 'static int add_word(int x)' 'gateway/base/json_scalar.c has a static function of that name'
plant gateway/base/text.h '/* --- words ---- */' 'no banners'
plant gateway/base/text.h '    /* 1. First. */' 'no banners'
plant gateway/base/text.c "/* $(printf '%095d' 0) */" 'more than 100 columns'
plant tests/unit/io/system/db_test.c "/* $(printf '%095d' 0) */" 'more than 100 columns'

plant gateway/base/text.c '"已确认,谢谢"' 'full-width signs'
plant gateway/base/text.c '"编号%s:已登记"' 'full-width signs'
mkdir -p "$tree/dashboards/web/src"
plant dashboards/web/src/zh.ts 'title: "短信(正常)",' 'full-width signs'

printf '/* bare.h - no guard. */\n' >"$tree/gateway/io/system/bare.h"
echo 'gateway/io/system/bare.h:1:|a header begins with|' >>"$work/planted"
printf '/* other.h - not its name. */\n#pragma once\n' >"$tree/gateway/io/system/named.h"
echo 'gateway/io/system/named.h:1:|the first line says what the file is|' >>"$work/planted"
printf '#include <stdio.h>\n' >"$tree/gateway/io/system/silent.c"
echo 'gateway/io/system/silent.c:1:|the first line says what the file is|' >>"$work/planted"
printf '/* text.h - the same name again. */\n#pragma once\n' >"$tree/sensors/modbus/text.h"
echo 'sensors/modbus/text.h:1:|a file name that stands twice|' >>"$work/planted"
mkdir "$tree/gateway/attic"
printf '/* new.c - in no room. */\nint x;\n' >"$tree/gateway/attic/new.c"
echo 'gateway/attic/new.c:2:|gateway/attic is not in tests/rooms.txt|' >>"$work/planted"
for i in $(seq 22); do printf '/* One of many. */\n' >"$tree/gateway/io/web/many_$i.c"; done
echo 'gateway/io/web:1:|a room of more than 22 files|' >>"$work/planted"

expect_planted

# Length, in a tree of its own.
rm -rf "$tree"
build_tree
yes 'int x;' | head -n 499 >>"$tree/gateway/base/text.c"
"$tidy" "$tree" >/dev/null 2>&1 || fail 'a file of 500 lines is refused'
echo 'int x;' >>"$tree/gateway/base/text.c"
"$tidy" "$tree" 2>&1 | grep -qF 'gateway/base/text.c:501: 501 lines <- more than 500' || fail 'a long file'

# Nothing to look at is no success.
mkdir "$work/empty"
"$tidy" "$work/empty" >/dev/null 2>&1
[ $? -eq 2 ] || fail 'an empty tree passes'
"$tidy" "$work/missing" >/dev/null 2>&1
[ $? -eq 2 ] || fail 'a missing tree passes'

[ "$failed" -eq 0 ] && echo 'tidy.sh catches all that was planted'
[ "$failed" -eq 0 ]
