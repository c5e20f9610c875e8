"""Every command from outside: its exit codes, and users and tokens before the first run and beside a running daemon."""
import json
import os
import re

import town
from daemon import COOL, HOT, Client, Daemon, Stage, call, calm, two_areas
from peers import ModbusSlave, wait_until

DONE, NO, USAGE, WORLD = 0, 1, 2, 3
PASSWORD = "correct horse"


def make_daemon(directory, **others):
    """Nobody polls: the slave is never started."""
    return Daemon(directory, town.config(ModbusSlave(directory, COOL), town.THERMOMETER, **others),
                 [town.THERMOMETER])


def expect(result, code, words=""):
    assert result.returncode == code, result
    assert words in result.stdout + result.stderr, result
    assert "internal error" not in result.stderr, result
    return result


def test_wrong_usage_is_exit_2_with_a_hint(directory):
    daemon = make_daemon(directory)
    wrong = ["", "nonsense", "version 1", "run", "run -c", "run DIR", "check", "check -c",
             "check --what", "check -c DIR DIR", "user", "user add", "user add ann -c DIR",
             "user add --role viewer -c DIR", "user add ann --role", "user forget ann -c DIR",
             "user list ann -c DIR", "user list", "user list --password-stdin -c DIR",
             "user passwd -c DIR", "token", "token add -c DIR", "token add key -c DIR",
             "token add key --role viewer", "token passwd key -c DIR", "simulate", "simulate a b",
             "demo --port", "demo --port x", "demo --for x", "demo x"]
    for line in wrong:
        arguments = [daemon.directory if word == "DIR" else word for word in line.split()]
        result = expect(call(*arguments), USAGE)
        assert "huoyan" in result.stderr and result.stdout == "", (line, result)
    assert not os.path.exists(daemon.path("data")), "wrong usage left traces"


def test_version_and_help_are_answered(directory):
    assert re.fullmatch(r"huoyan \d+\.\d+\.\d+\n", expect(call("version"), DONE).stdout)
    for word in ("help", "--help", "-h"):
        assert "huoyan run -c DIR" in expect(call(word), DONE).stdout
    expect(call("simulate", os.path.join(directory, "nowhere.json")), WORLD, "nowhere.json")
    with open(os.path.join(directory, "plan.json"), "w", encoding="utf-8") as file:
        file.write('{"slaves": [{"id": "a", "listen": "nowhere"}]}')
    expect(call("simulate", os.path.join(directory, "plan.json")), NO, "/slaves/0")


def test_check_of_a_good_config(directory):
    daemon = make_daemon(directory, rules=[town.hot_rule()])
    expect(daemon.call("check"), DONE, "1 rules")
    answer = json.loads(expect(daemon.call("check", "--json"), DONE).stdout)
    assert answer["ok"] and answer["errors"] == 0, answer
    understood = json.loads(expect(daemon.call("check", "--print"), DONE).stdout)
    assert understood["gateway"]["timezone"] == "Asia/Shanghai", "defaults are shown"
    assert understood["sites"][0]["devices"][0]["poll"] == "200ms", "the profile's too"
    assert not os.path.exists(daemon.path("data")), "check left traces"


def test_what_check_prints_is_a_config_that_means_the_same(directory):
    daemon = make_daemon(directory, rules=[town.hot_rule()])
    printed = expect(daemon.call("check", "--print"), DONE).stdout
    again = os.path.join(directory, "again")
    os.makedirs(again)
    os.symlink(daemon.path("profiles"), os.path.join(again, "profiles"))
    with open(os.path.join(again, "huoyan.json"), "w", encoding="utf-8") as file:
        file.write(printed)
    understood = expect(call("check", "-c", again, "--print"), DONE).stdout
    assert json.loads(understood) == json.loads(printed)


def test_check_finds_every_mistake_in_one_run(directory):
    daemon = make_daemon(directory, rules=[{**town.hot_rule(), "when": "value > > 40"}])
    config = daemon.read_config()
    config["sites"][0]["devices"][0]["pol"] = "5s"
    config["sites"][0]["area"] = "gird"
    config["people"][0].pop("phone")
    config["gateway"]["timezone"] = "Mars/Olympus"
    daemon.write("huoyan.json", config)
    result = expect(daemon.call("check"), NO)
    lines = result.stdout.splitlines()
    for words in ("did you mean 'poll'", "did you mean 'grid'", "phone", "Mars/Olympus",
                  "/rules/0/when"):
        assert any(words in line for line in lines), (words, lines)
    assert sum(re.match(r"huoyan\.json:\d+: /", line) is not None for line in lines) >= 5, lines
    answer = json.loads(expect(daemon.call("check", "--json"), NO).stdout)
    assert not answer["ok"] and answer["errors"] >= 5, answer
    assert call("check", "-c", os.path.join(directory, "nowhere")).returncode == NO


def test_a_file_that_is_no_json_is_told_with_its_line(directory):
    daemon = make_daemon(directory)
    with open(daemon.path("huoyan.json"), "w", encoding="utf-8") as file:
        file.write('{\n"gateway": {},\n"sites": [1,]\n}\n')
    expect(daemon.call("check"), NO, "huoyan.json:3")
    expect(daemon.call("run"), NO, "huoyan.json:3")


def list_of(daemon, kind):
    return {each["name"]: each for each in
            json.loads(expect(daemon.call(kind, "list", "--json"), DONE).stdout)}


def test_users_and_tokens_before_the_first_run(directory):
    daemon = make_daemon(directory)
    expect(daemon.call("user", "add", "ann", "--role", "inspector", "--password-stdin",
                      stdin=PASSWORD + "\n"), DONE, "ann")
    assert os.path.exists(daemon.state_path())
    assert os.stat(daemon.state_path()).st_mode & 0o077 == 0, "others can read the hashes"
    token = daemon.run("token", "add", "key", "--role", "viewer").split()[-1]
    assert list_of(daemon, "user")["ann"]["role"] == "inspector"
    assert list_of(daemon, "token")["key"]["role"] == "viewer"
    with open(daemon.state_path(), "rb") as file:
        assert PASSWORD.encode() not in file.read()
    with daemon:
        assert Client(daemon.port).log_in("ann", PASSWORD).json()["user"]["role"] == "inspector"
        assert Client(daemon.port, token).get("/api/v1/overview").status == 200


def test_users_and_tokens_beside_a_running_daemon(directory):
    with make_daemon(directory) as daemon:
        nobody = Client(daemon.port)
        assert nobody.get("/api/v1/session").json()["has_users"] is False
        ann = daemon.add_user("ann", "viewer", password=PASSWORD)
        assert nobody.get("/api/v1/session").json()["has_users"] is True
        assert ann.get("/api/v1/session").json()["user"] == {"name": "ann", "role": "viewer",
                                                             "person": None}
        assert list_of(daemon, "user")["ann"]["role"] == "viewer"
        expect(daemon.call("user", "passwd", "ann", "--password-stdin", stdin="another one\n"), DONE)
        assert ann.get("/api/v1/overview").status == 401, "an old session lives on"
        assert nobody.log_in("ann", PASSWORD).status == 401
        assert nobody.log_in("ann", "another one").status == 200
        token = daemon.run("token", "add", "key", "--role", "admin").split()[-1]
        assert Client(daemon.port, token).get("/api/v1/links").status == 200
        assert Client(daemon.port, token[:-1] + "?").get("/api/v1/links").status == 401
        assert daemon.stop(5) == DONE
    assert list_of(daemon, "user")["ann"]["role"] == "viewer", "it is written down"


def test_a_refused_user_changes_nothing(directory):
    daemon = make_daemon(directory)

    def add(name, role, *others, password=PASSWORD):
        return daemon.call("user", "add", name, "--role", role, *others, "--password-stdin",
                          stdin=password)

    expect(add("ann", "king"), NO, "king")
    expect(add("ann", "source"), NO, "source")
    expect(add("ann", "viewer", password="short\n"), NO)
    expect(add("ann", "viewer", password=""), NO)
    expect(add("ann", "grid"), NO, "--person")
    expect(add("ann", "grid", "--person", "nobody"), NO, "nobody")
    expect(add("a b", "viewer"), NO)
    expect(daemon.call("user", "passwd", "ann", "--password-stdin", stdin=PASSWORD), NO, "ann")
    assert list_of(daemon, "user") == {}
    expect(add("ann", "viewer"), DONE)
    expect(add("ann", "admin", password="some other word"), NO, "ann")
    assert list_of(daemon, "user")["ann"]["role"] == "viewer"
    expect(daemon.call("token", "add", "key", "--role", "viewer"), DONE)
    expect(daemon.call("token", "add", "key", "--role", "admin"), NO, "key")
    assert list_of(daemon, "token")["key"]["role"] == "viewer"


def test_the_daemon_runs_without_any_user(directory):
    with make_daemon(directory) as daemon:
        nobody = Client(daemon.port)
        assert nobody.get("/healthz").status == 200 and nobody.get("/").status == 200
        session = nobody.get("/api/v1/session").json()
        assert session["user"] is None and session["has_users"] is False, session
        assert nobody.log_in("demo", "demo").status == 401, "the demo's user is known"
        assert nobody.get("/api/v1/overview").status == 401


VERBS = ("ack", "arrive", "rectify", "reinspect", "close", "comment")


def test_each_role_may_do_what_it_may_and_no_more(directory):
    with Stage(directory, escalation=calm()) as stage:
        daemon = stage.gateway
        stage.raise_alarm()
        incident = stage.wait_timeline("opened")
        path = f"/api/v1/incidents/{incident['id']}"
        wang = daemon.add_user("wang", "grid", "--person", "wang")
        technician, viewer = daemon.client("technician"), daemon.client("viewer")
        inspector, source = daemon.client("inspector"), daemon.client("source")

        for verb in VERBS:
            for client in (viewer, source):
                answer = client.post(f"{path}/{verb}", {"note": "x"})
                assert answer.status == 403 and answer.error(), (verb, answer.body)
            assert Client(daemon.port).post(f"{path}/{verb}").status == 401
        for verb in VERBS[:5]:
            assert technician.post(f"{path}/{verb}").status == 403, verb
        assert technician.post(f"{path}/comment", {"note": "探头已擦"}).status == 200
        for verb in ("reinspect", "close"):
            assert wang.post(f"{path}/{verb}").status == 403, verb
        for page in ("overview", "points", "incidents", "links"):
            assert source.get(f"/api/v1/{page}").status == 403, page
            assert viewer.get(f"/api/v1/{page}").status == 200, page
        assert wang.get("/api/v1/links").status == 403

        early = inspector.post(f"{path}/close")
        assert early.status == 409 and "尚未恢复正常" in early.error(), early.body
        acked = wang.post(f"{path}/ack", {"note": "马上到"})
        assert acked.status == 200 and acked.json()["state"] == "acked", acked.body
        assert acked.json()["acked_by"] == "wang"
        again = inspector.post(f"{path}/ack")
        assert again.status == 409 and "wang" in again.error(), again.body
        assert wang.post(f"{path}/arrive").status == wang.post(f"{path}/rectify").status == 200

        stage.slave.set(COOL)
        wait_until(lambda: daemon.get(path)["condition"] == "normal", 10, "it is normal again")
        closed = inspector.post(f"{path}/close", {"note": "已复查"})
        assert closed.status == 200 and closed.json()["state"] == "closed", closed.body
        assert inspector.post(f"{path}/close").status == 409
        actors = [(entry["event"], entry["actor"], entry["channel"])
                  for entry in daemon.get(path)["timeline"]]
        assert ("acked", "wang", "web") in actors, actors
        assert ("closed", "t-inspector", "web") in actors, actors


def test_a_grid_login_sees_and_moves_its_own_area_only(directory):
    with ModbusSlave(directory, COOL) as slave:
        with Daemon(directory, two_areas(slave), [town.THERMOMETER]) as daemon:
            wang = daemon.add_user("wang", "grid", "--person", "wang")
            sun = daemon.add_user("sun", "grid", "--person", "sun")
            li = daemon.add_user("li", "grid", "--person", "li")
            slave.set(HOT)
            incident = daemon.wait_incident(lambda each: each["site"] == "w3", "an incident of w3")
            daemon.wait_incident(lambda each: each["site"] == "w9", "an incident of w9")
            path = f"/api/v1/incidents/{incident['id']}"

            def sites(client):
                return [site["id"] for site in client.get("/api/v1/overview").json()["sites"]]

            assert (sites(wang), sites(sun), sites(li)) == (["w3"], ["w9"], ["w3", "w9"])
            assert [point["site"] for point in wang.get("/api/v1/points").json()] == ["w3"]
            assert {each["site"] for each in sun.get("/api/v1/incidents").json()} == {"w9"}
            assert sun.get(path).status == sun.post(f"{path}/ack").status == 403
            assert sun.get("/api/v1/points?site=w3").status == 403
            assert sun.get("/api/v1/points/w3/d1/temperature/history").status == 403
            assert daemon.get(path)["state"] == "open"
            assert li.post(f"{path}/ack").json()["acked_by"] == "li", "the level above may answer"
