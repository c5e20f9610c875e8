"""The row of radios that dial in (dialler.py): each value that reaches the store must be its own device's."""
import contextlib
import gzip
import http.server
import os
import threading
import time

from kit import HERE, Effort, LeftOut, free_port, gateway, row, sites_of, steered, town

POLL_MS = 5000


class Ledger:
    """A store that keeps when each device was last read well, and counts what cannot be true."""

    def __init__(self):
        self.readings, self.wrong = 0, []
        self.times = {}

    def take(self, line):
        """radio,device=d17-1,gateway=bench,point=p0,site=s0 quality=0i,value=17 1763776800000"""
        head, fields, stamp = line.split(" ")
        tags = dict(tag.split("=") for tag in head.split(",")[1:])
        values = dict(field.split("=") for field in fields.split(","))
        if "value" not in values:
            return
        index = int(tags["site"][1:]) + int(tags["device"][1:].split("-")[0])
        expected = index if tags["point"] == "p0" else 60000 - index
        self.readings += 1
        if float(values["value"]) != expected:
            self.wrong.append(line)
        elif tags["point"] == "p0":
            self.times.setdefault(index, []).append(int(stamp))

    def lost(self, since_ms):
        """Polls without a reading, most of one device running and in all."""
        most = total = 0
        for times in self.times.values():
            times = sorted(at for at in times if at >= since_ms)
            for one, other in zip(times, times[1:]):
                missed = max(0, round((other - one) / POLL_MS) - 1)
                most, total = max(most, missed), total + missed
        return most, total


@contextlib.contextmanager
def store(ledger):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            for line in body.decode().splitlines():
                ledger.take(line)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()


def model():
    point = {"read": "all", "type": "uint16", "scale": 1, "unit": "m", "quantity": "distance", "decimals": 0, "range": [0, 65535]}
    return {"profile": 1, "id": "bench", "rev": 1, "maker": "bench", "model": "bench", "kind": "distance", "status": "text",
            "sources": ["made for the bench"], "timing": {"timeout_ms": 1000, "gap_ms": 0, "min_poll_ms": 20, "poll_ms": POLL_MS},
            "reads": [{"name": "all", "fc": 3, "addr": 0, "count": 2}],
            "points": [{"key": "p0", "at": 0, **point}, {"key": "p1", "at": 1, **point}]}


def dtus_1000(folder):
    """1,000 radios on one port, 1,000 reconnects in a minute: what reaches the store is each one's own, and nobody loses
    more than one poll running."""
    radios, reconnects, seconds = Effort.of((1000, 1000, 60), (200, 60, 20))
    port, ledger = free_port(), Ledger()
    links = [{"id": f"l{i}", "type": "dtu", "registration": f"DTU{i:05d}", "mode": "once"} for i in range(radios)]
    with store(ledger) as store_port:
        home, web = town(os.path.join(folder, "town"), model(), links, sites_of(links, 1, POLL_MS), rules=[],
                         dtu={"listen": f"127.0.0.1:{port}", "heartbeats": ["ping"]},
                         stores=[{"id": "main", "url": f"http://127.0.0.1:{store_port}", "database": "bench"}])
        try:
            with gateway(home, web) as daemon, steered(["/usr/bin/python3", os.path.join(HERE, "dialler.py"), str(port), str(radios),
                                                        str(reconnects), str(seconds)], folder, "dialler") as dialler:
                dialler.hear()
                time.sleep(POLL_MS / 1000)
                since = time.time() * 1000
                seen = dialler.ask("go")
                time.sleep(3 * POLL_MS / 1000)
                most, total = ledger.lost(since)
                metrics = daemon.metrics()
        except SystemExit as why:
            if "did not start" in str(why) and "dtu" in str(why):
                raise LeftOut("this binary knows no dtu") from why
            raise
    heard = f"{len(ledger.times)} of {radios} radios, {seen['reconnects']} reconnects in {seconds} s, {ledger.readings} readings"
    lasting = f"{total} polls lost in all, {metrics['huoyan_modbus_damaged_total']:.0f} frames refused"
    return [row("DTUs on one port: values of another one, or out of date, in the store", len(ledger.wrong), "<= 0",
                "; ".join([heard, *ledger.wrong[:1]])),
            row("the same: polls lost running, the most of any DTU", most if len(ledger.times) == radios else radios, "<= 1", lasting)]
