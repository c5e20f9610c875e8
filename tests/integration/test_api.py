"""Every route of gateway/io/web/API.md on a running daemon: what it answers, refuses and streams."""
import datetime
import json
import re
import socket

import town
from daemon import COOL, HOT, Client, Events, Daemon, Stage, calm, two_areas
from peers import ModbusSlave, wait_until

METRIC = re.compile(r'# (HELP|TYPE) [a-z_]+ .+|'
                    r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+')
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00")


def expect_shape(value, shape, where="answer"):
    """What a dict names must be there; "at" is a time, a tuple allows null, a set has the choices."""
    if isinstance(shape, dict):
        missing = set(shape) - set(value)
        assert isinstance(value, dict) and not missing, (where, missing)
        for key, inner in shape.items():
            expect_shape(value[key], inner, f"{where}/{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for item in value:
            expect_shape(item, shape[0], f"{where}[]")
    elif isinstance(shape, set):
        assert value in shape, (where, value)
    elif isinstance(shape, tuple):
        if value is not None:
            expect_shape(value, shape[0], where)
    elif shape == "at":
        assert WHEN.fullmatch(value), (where, value)
    elif shape is float:
        assert isinstance(value, (int, float)) and not isinstance(value, bool), (where, value)
    else:
        assert isinstance(value, shape), (where, value)


USER = {"name": str, "role": str, "person": (str,)}
STATES = {"normal", "active", "unknown"}
SEVERITIES = {"critical", "major", "minor", "notice"}
POINT = {"id": str, "site": str, "device": str, "device_name": str, "name": str, "key": str,
         "quantity": str, "quantity_text": str, "unit": str, "unit_text": str, "decimals": int,
         "value": (float,), "quality": {"good", "uncertain", "bad", "no_answer"}, "reason": str,
         "at": ("at",), "good_at": ("at",), "poll_ms": int, "state": STATES,
         "limits": [{"rule": str, "name": str, "severity": SEVERITIES, "value": float,
                     "upper": bool}]}
INCIDENT = {"id": int, "code": (str,), "rule": str, "rule_name": str, "point": str, "site": (str,),
            "place": str, "subject": str, "severity": SEVERITIES, "severity_text": str,
            "condition": STATES,
            "state": {"open", "acked", "rectifying", "reinspect", "false_claim", "closed"},
            "state_text": str, "level": (str,), "opened_at": "at", "active_since": ("at",),
            "acked_at": ("at",), "acked_by": (str,), "cleared_at": ("at",), "closed_at": ("at",),
            "escalate_at": ("at",), "repeat_at": ("at",), "next_level": (str,), "value": (float,),
            "peak": (float,), "limit": (float,), "upper": (bool,), "unit_text": str,
            "raised_count": int, "may": [str],
            "chain": [{"level": str, "level_text": str, "person": str, "name": str, "told": bool}],
            "timeline": [{"at": "at", "event": str, "event_text": str, "actor": (str,),
                          "channel": (str,), "to": (str,), "level": (str,), "text": str}]}
PART = {"part": {"link", "store", "state", "history", "sms"}, "id": str, "ok": bool, "text": str,
        "since": "at"}
STORE = {"id": str, "ok": bool, "text": str, "backlog": int}
COUNTS = dict.fromkeys(("open", "unacked", "sites", "devices", "devices_ok", "points",
                        "points_good"), int)
OVERVIEW = {"gateway": {"id": str, "name": str, "version": str, "time": "at", "timezone": str},
            "user": USER, "counts": COUNTS, "levels": [{"id": str, "name": str}],
            "areas": [{"id": str, "name": str, "level": str, "parent": (str,), "duty": [str]}],
            "sites": [{"id": str, "name": str, "kind": str, "kind_text": str, "area": str,
                       "state": STATES, "severity": (SEVERITIES,), "acked": bool, "lost": bool,
                       "incident": (int,), "text": str}],
            "links": [{"id": str, "type": str, "up": bool, "text": str, "since": ("at",)}],
            "stores": [STORE], "parts": [PART]}
BLOCK = {"name": str, "function": int, "address": int, "count": int, "at": ("at",), "request": str,
         "reply": (str,), "bytes": int, "words": ([int],)}
MAINTENANCE = {"since": "at", "until": "at", "by": str, "note": str}
LINK = {"id": str, "type": str, "up": bool, "address": str, "text": str,
        "error": ({"at": "at", "text": str},), "share": {"asked": (float,), "measured": (float,)},
        "counters": dict.fromkeys(("requests", "replies", "timeouts", "exceptions", "refusals",
                                   "busy", "unreachable", "failures", "commands", "echoes", "late",
                                   "wrong_ids", "damaged", "foreign", "noise_bytes",
                                   "overruns", "bytes_out", "bytes_in"), int),
        "devices": [{"id": str, "unit": int, "profile": str, "poll_ms": int, "health": str,
                     "probe_at": ("at",), "rtt_ms": (float,), "rtt_mean_ms": (float,),
                     "rtt_max_ms": (float,), "retries": int, "success": (float,),
                     "answered_at": ("at",), "reason": str,
                     "error": ({"at": "at", "since": ("at",), "kind": str, "exception": int,
                                "text": str},),
                     "maintenance": (MAINTENANCE,), "blocks": [BLOCK]}]}
SESSION = {"user": (USER,), "has_users": bool, "demo": bool,
           "gateway": {"id": str, "name": str, "version": str}, "language": str}
CURVE = {"point": str, "from": "at", "to": "at",
         "buckets": [{"at": "at", "min": (float,), "max": (float,), "mean": (float,),
                      "samples": int, "missing": int}]}


def test_every_page_has_the_promised_shape(directory):
    with Stage(directory, escalation=calm()) as stage:
        daemon = stage.gateway
        stage.raise_alarm()
        stage.spool.take_all()
        full = stage.wait_timeline("sent")
        expect_shape(full, INCIDENT)
        assert full["point"] == "w3/d1/temperature" and full["place"] == "3号库", full
        assert full["limit"] == 40 and full["upper"] is True, full
        assert full["value"] == full["peak"] == 41.5, full
        assert [member["told"] for member in full["chain"]] == [True, False, False], full["chain"]
        events = [entry["event"] for entry in full["timeline"]]
        assert events == ["opened", "message", "sent"], full["timeline"]
        assert daemon.get(f"/api/v1/incidents/{full['code']}") == full
        assert daemon.client("inspector").get(f"/api/v1/incidents/{full['id']}").json()["may"] != []
        assert full["may"] == [], "a viewer may do nothing"

        listed = daemon.get("/api/v1/incidents")
        expect_shape(listed, [INCIDENT])
        assert [each["id"] for each in listed] == [full["id"]] and listed[0]["timeline"] == []
        assert len(daemon.get("/api/v1/incidents?state=open,acked")) == 1
        assert daemon.get("/api/v1/incidents?state=closed") == []

        points = daemon.get("/api/v1/points")
        expect_shape(points, [POINT])
        assert len(points) == len(daemon.get("/api/v1/points?site=w3")) == 1
        assert points[0]["limits"] == [{"rule": "hot", "name": "库房温度高", "severity": "minor",
                                        "value": 40, "upper": True}], points
        assert points[0]["state"] == "active" and points[0]["poll_ms"] == 200, points

        overview = daemon.get("/api/v1/overview")
        expect_shape(overview, OVERVIEW)
        assert overview["counts"] == dict.fromkeys(COUNTS, 1), overview["counts"]
        site = overview["sites"][0]
        assert (site["state"], site["severity"], site["acked"]) == ("active", "minor", False), site
        assert site["incident"] == full["id"] and "41.5" in site["text"], site
        assert abs(datetime.datetime.fromisoformat(overview["gateway"]["time"]).timestamp() -
                   datetime.datetime.now().timestamp()) < 5
        links = daemon.get("/api/v1/links")
        expect_shape(links, [LINK])
        assert links[0]["up"] and links[0]["counters"]["replies"] > 0, links
        assert links[0]["devices"][0]["id"] == "w3/d1", links
        device = links[0]["devices"][0]
        assert device["health"] == "ok" and device["error"] is None and device["success"] == 1, device
        assert 0 < device["rtt_ms"] <= device["rtt_max_ms"] and device["rtt_mean_ms"] > 0, device
        block = device["blocks"][0]
        assert block["words"] == [415] and block["bytes"] == 11, block
        # The transaction id is another each time; the rest is this request and this answer, byte by byte.
        assert block["request"][:5] == block["reply"][:5], block
        assert block["request"][5:] == " 00 00 00 06 01 04 00 01 00 01", block
        assert block["reply"][5:] == " 00 00 00 05 01 04 02 01 9F", block
        assert links[0]["share"]["asked"] is None and links[0]["error"] is None, links
        assert links[0]["address"].startswith("127.0.0.1:"), links
        expect_shape(daemon.get("/api/v1/session"), SESSION)
        expect_shape(Client(daemon.port).get("/api/v1/session").json(), SESSION)

        curve = daemon.get("/api/v1/points/w3/d1/temperature/history?max=4000")
        expect_shape(curve, CURVE)
        found = [bucket for bucket in curve["buckets"] if bucket["samples"] > 0]
        assert min(bucket["min"] for bucket in found) == 25
        assert max(bucket["max"] for bucket in found) == 41.5
        assert len(daemon.get("/api/v1/points/w3/d1/temperature/history?max=1")["buckets"]) == 1

        acked = daemon.client("inspector").post(f"/api/v1/incidents/{full['code']}/ack")
        expect_shape(acked.json(), INCIDENT)
        assert acked.json()["state"] == "acked"


def test_what_is_not_there_is_a_404_with_a_sentence(directory):
    with Stage(directory) as stage:
        client, nobody = stage.gateway.client("admin"), Client(stage.gateway.port)
        gone = ["/api/v1/nothing", "/api/v2/overview", "/api", "/api/v1/incidents/999999",
                "/api/v1/incidents/no-such", "/api/v1/incidents/",
                "/api/v1/points/w3/d1/nothing/history", "/api/v1/points/w3/d1/temperature",
                "/api/v1/points?site=w99", "/api/v1/photos", "/m/abcdef", "/assets/nothing.js"]
        for path in gone:
            answer = client.get(path)
            assert answer.status == 404, (path, answer.status, answer.body)
            if path.startswith("/api"):
                assert answer.error(), path
        assert client.post("/api/v1/incidents/999999/ack").status == 404
        assert client.post("/api/v1/incidents/1/shelve").status == 404
        for path in ("/api/v1/write", "/api/v1/sms/aliyun"):
            assert client.post(path).error(), path
        assert nobody.get("/api/v1/incidents/1").status == 401, "who may not see learns nothing"


def announce(client, path, length):
    """The status of a body that is only promised."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=5) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           f"Authorization: {client.headers['Authorization']}\r\n"
                           f"Content-Length: {length}\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


def test_what_is_asked_wrongly_is_refused_with_a_sentence(directory):
    with Stage(directory) as stage:
        client = stage.gateway.client("admin")
        history = "/api/v1/points/w3/d1/temperature/history"
        wrong = ["/api/v1/incidents?state=broken", f"{history}?from=yesterday", f"{history}?max=0",
                 f"{history}?max=9999999", f"{history}?from=2026-01-02&to=2026-01-01"]
        for path in wrong:
            answer = client.get(path)
            assert answer.status == 400 and answer.error(), (path, answer.status)
        assert client.post("/api/v1/overview").status == 405
        assert client.get("/api/v1/login").status == 405
        for body in ("", "{", "[]", '{"user": "ann"}', '{"user": 1, "password": "x"}'):
            answer = client.ask("POST", "/api/v1/login", body)
            assert answer.status == 400 and answer.error(), (body, answer.status)
        stage.raise_alarm()
        path = f"/api/v1/incidents/{stage.wait_timeline('opened')['id']}/comment"
        assert client.post(path, {"note": 7}).status == 400
        mistyped = client.post(path, {"nots": "x"})
        assert mistyped.status == 400 and "nots" in mistyped.error() and "note" in mistyped.error(), mistyped.body
        assert client.post(path, {"note": ""}).status == 409
        assert announce(client, path, 1000000) == 413
        ann = stage.gateway.add_user("ann", "admin")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        plain = ann.ask("POST", path, "note=x", **form)
        assert plain.status == 400, "a form of another site could send that"
        foreign = ann.post(path, {"note": "x"}, **{"Sec-Fetch-Site": "cross-site"})
        assert foreign.status == 403, foreign.body


def test_login_is_by_a_strict_cookie_and_slows_guessing_down(directory):
    with Stage(directory) as stage:
        daemon = stage.gateway
        ann = daemon.add_user("ann", "viewer", password="a good password")
        answer = Client(daemon.port).log_in("ann", "a good password")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("huoyan="), cookie
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie, cookie
        assert answer.json()["user"]["name"] == "ann"
        assert ann.get("/api/v1/overview").status == 200
        assert ann.post("/api/v1/logout").status == 204
        assert ann.get("/api/v1/overview").status == 401
        codes = [Client(daemon.port).log_in("ann", f"guess {i}").status for i in range(8)]
        assert codes[0] == 401 and codes[-1] == 429, codes
        assert Client(daemon.port).log_in("ann", "a good password").status == 429


def test_pages_without_a_login(directory):
    with Stage(directory) as stage:
        nobody = Client(stage.gateway.port)
        assert nobody.get("/healthz").json() == {"ok": True}
        page = nobody.get("/")
        assert page.status == 200 and "<html" in page.body and "火眼" in page.body
        assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.body)
        assert assets and all(nobody.ask("HEAD", path).status == 200 for path in assets), assets
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page.body), "another host is asked"
        for path in ("overview", "points", "incidents", "links", "events"):
            answer = nobody.get(f"/api/v1/{path}")
            assert answer.status == 401 and answer.error(), path
        metrics = nobody.get("/metrics")
        assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = metrics.body.splitlines()
        for line in lines:
            assert METRIC.fullmatch(line), line
        names = {re.split("[{ ]", line)[0] for line in lines if not line.startswith("#")}
        typed = [line.split()[2] for line in lines if line.startswith("# TYPE")]
        assert sorted(names) == sorted(typed), names ^ set(typed)


def test_a_changed_value_is_streamed_within_a_second(directory):
    with Stage(directory, rules=[]) as stage, Events(stage.gateway.client()) as events:
        health = events.wait("health", lambda data: True)
        expect_shape(health, {"time": "at", "counts": COUNTS, "parts": [PART], "stores": [STORE]})
        events.wait("reading", lambda data: data[0]["value"] == 25)
        began = datetime.datetime.now()
        stage.slave.set([0, 301])
        data = events.wait("reading", lambda data: data[0]["value"] == 30.1)
        assert (datetime.datetime.now() - began).total_seconds() < 1
        expect_shape(data, [{"id": str, "value": (float,), "quality": str, "reason": str,
                             "at": "at", "good_at": ("at",), "state": STATES}])
        stage.slave.kill()
        events.wait("health", lambda data: any(not part["ok"] for part in data["parts"]), 2)
        gone = events.wait("reading", lambda data: data[0]["quality"] == "no_answer", 2)
        assert gone[0]["value"] is None and gone[0]["reason"] and gone[0]["good_at"], gone


def test_a_stream_resumes_where_it_broke_off(directory):
    with Stage(directory, escalation=calm()) as stage:
        with Events(stage.gateway.client()) as events:
            events.wait("reading", lambda data: True)
            last_id = events.last_id
        stage.raise_alarm()
        stage.spool.take_all()
        incident = stage.acknowledge()
        # A new stream hears the last 5 s again by itself: only what is older shows that it resumed.
        began = datetime.datetime.now()
        wait_until(lambda: (datetime.datetime.now() - began).total_seconds() > 7, 10, "time passes")
        with Events(stage.gateway.client(), last_id) as events:
            data = events.wait("incident", lambda data: data["id"] == incident["id"], 3)
            assert data["state"] == "acked" and data["timeline"] == [], data
            expect_shape(data, INCIDENT)
            assert int(events.last_id) >= int(last_id), (events.last_id, last_id)
            last_id = events.last_id
        stage.gateway.kill()
        stage.gateway.start()
        with Events(stage.gateway.client(), last_id) as events:
            events.wait("incident", lambda data: data["state"] == "acked", 5)
            assert int(events.last_id) > int(last_id), "numbers rise over restarts"


def test_a_grid_stream_carries_its_own_area_only(directory):
    with ModbusSlave(directory, COOL) as slave:
        with Daemon(directory, two_areas(slave), [town.THERMOMETER]) as daemon:
            sun = daemon.add_user("sun", "grid", "--person", "sun")
            with Events(sun) as events:
                slave.set(HOT)
                heard, seen = "", 0
                while "w9/d1" not in heard or '"incident"' not in heard or seen < 5:
                    _, kind, data = events.take()
                    seen += kind == "reading"
                    heard += json.dumps([kind, data])
                assert "w3" not in heard, heard
