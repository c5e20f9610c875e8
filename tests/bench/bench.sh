#!/bin/sh
# bench.sh [--only ROW]... [--quick] [--list] - the numbers the project is held to, as ratios measured side by side in one
# run. Needs build/release. The programs it compares with are installed when they can be; else their rows are left out.
cd "$(dirname "$0")/../.." || exit 3

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

install_collectd() {
    echo 'bench: installing with apt: collectd-core'
    # It shall not start by itself.
    policy=/usr/sbin/policy-rc.d
    if [ -e $policy ]; then policy=''; else
        printf '#!/bin/sh\nexit 101\n' | as_root sh -c "cat >$policy && chmod +x $policy"
    fi
    as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends collectd-core >/dev/null
    [ -z "$policy" ] || as_root rm -f "$policy"
}

install_modbus_serial() {
    echo 'bench: installing with npm: modbus-serial'
    (cd tests/integration/peers && npm ci --omit=optional --ignore-scripts --loglevel=error --no-audit --no-fund >/dev/null)
}

[ -x /usr/sbin/collectd ] || install_collectd || echo 'bench: collectd could not be installed'
[ -d tests/integration/peers/node_modules/modbus-serial ] || install_modbus_serial ||
    echo 'bench: modbus-serial could not be installed'

exec /usr/bin/python3 tests/bench/bench.py "$@"
