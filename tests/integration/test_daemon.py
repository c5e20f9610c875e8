"""The whole daemon and what it promises when its world fails: peers that die, signals, a config that is wrong.

The tests play smsd themselves where they must see every file; test_smsd.py has the real one."""
import contextlib
import os
import signal
import socket
import time

import town
from daemon import (COOL, HOT, Client, Events, Frozen, Daemon, Spool, Stage, call, calm, entries,
                   locked, seconds_between)
from peers import FakeModem, Influx, ModbusSlave, Smsd, free_port, wait_until


def test_an_alarm_climbs_the_chain_until_somebody_answers(directory):
    with Stage(directory) as stage:
        alarm = stage.raise_alarm()
        assert "【李渡应急】" in alarm and "41.5度" in alarm and "超限40" in alarm, alarm
        to_village = stage.spool.wait_text("li", "转报")
        assert "wang" in to_village and "2秒未回复" in to_village, to_village
        assert "已转上级" in stage.spool.wait_text("wang", "已转上级")
        assert stage.spool.texts_to("zhao") == []
        stage.spool.wait_text("zhao", "转报")
        incident = stage.gateway.incidents()[0]
        opened, to_village, to_town = entries(incident, "opened") + entries(incident, "escalated")
        assert 2 <= seconds_between(opened, to_village) < 3, incident["timeline"]
        assert 3 <= seconds_between(to_village, to_town) < 4, incident["timeline"]
        assert [member["person"] for member in incident["chain"]] == ["wang", "li", "zhao"]
        assert incident["level"] == "town" and incident["state"] == "open", incident

        acked = stage.acknowledge("zhao")
        assert acked["state"] == "acked" and acked["acked_by"] == "zhao", acked
        stage.spool.wait_text("zhao", "已登记")
        # Nothing was taken by smsd yet: what the answer made needless is taken back.
        wait_until(lambda: [to for to, _ in stage.spool.texts("outgoing")] == ["zhao"], 5,
                   "only the confirmation is left")
        wait_until(lambda: os.listdir(stage.spool.path("incoming")) == [], 5, "the reply is taken")


def test_recovery_is_told_to_those_who_were_told(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        stage.wait_timeline("sent")
        stage.slave.set(COOL)
        text = stage.spool.wait_text("wang", "已恢复")
        assert "最高41.5度" in text and "历时" in text, text
        assert stage.spool.texts_to("li") == [] and stage.spool.texts_to("zhao") == []


@contextlib.contextmanager
def deaf_server():
    """It accepts, and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


def test_sigterm_ends_within_5_seconds_while_everybody_hangs(directory):
    with deaf_server() as port:
        stores = [{"id": "main", "api": "v1", "url": f"http://127.0.0.1:{port}", "database": "x"}]
        with Stage(directory, stores=stores) as stage, Events(stage.gateway.client()) as events, \
                Frozen(stage.slave), locked(stage.gateway.state_path()):
            assert events.status == 200
            stage.gateway.wait_point(lambda now: now["quality"] == "no_answer", "the slave hangs")
            with socket.create_connection(("127.0.0.1", stage.gateway.port)) as lazy:
                lazy.sendall(b"POST /api/v1/login HTTP/1.1\r\nContent-Length: 99\r\n")
                assert stage.gateway.stop(5) == 0, stage.gateway.output()


def test_sighup_with_a_wrong_config_changes_nothing(directory):
    with Stage(directory) as stage:
        config = stage.gateway.read_config()
        wrong = {**config, "sites": [{**config["sites"][0], "kind": "castle"}]}
        stage.gateway.write("huoyan.json", wrong)
        stage.gateway.process.send_signal(signal.SIGHUP)
        stage.gateway.wait_log("castle")
        stage.raise_alarm()
        assert not stage.gateway.has_died()


def test_a_reload_that_cannot_open_goes_on_with_what_ran(directory):
    with Stage(directory) as stage, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = stage.gateway.read_config()
        config["web"]["listen"] = f"127.0.0.1:{taken.getsockname()[1]}"
        stage.gateway.write("huoyan.json", config)
        stage.gateway.process.send_signal(signal.SIGHUP)
        stage.gateway.wait_log("cannot listen")
        stage.raise_alarm()
        assert not stage.gateway.has_died()


def test_sighup_takes_a_new_site_and_keeps_incidents(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        before = stage.acknowledge()
        config = stage.gateway.read_config()
        device = {**config["sites"][0]["devices"][0], "unit": 2}
        site = {**config["sites"][0], "id": "w4", "name": "4号库", "devices": [device]}
        config["sites"].append(site)
        stage.gateway.write("huoyan.json", config)
        pid = stage.gateway.process.pid
        stage.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: stage.gateway.can_get("/api/v1/points?site=w4"), 10, "the site is there")
        stage.gateway.wait_point(lambda now: now["value"] == 41.5, "it is read",
                                 point="w4/d1/temperature")
        stage.gateway.wait_incident(lambda each: each["site"] == "w4", "and judged")
        old = stage.gateway.get(f"/api/v1/incidents/{before['id']}")
        assert old["state"] == "acked" and old["raised_count"] == 1, old
        assert stage.gateway.process.pid == pid and not stage.gateway.has_died()


def test_each_peer_may_die_alone(directory):
    modem = FakeModem(directory)
    smsd = Smsd(directory, modem)
    with ModbusSlave(directory, COOL) as slave, Influx(directory) as store, modem, smsd:
        config = town.config(
            slave, town.THERMOMETER, rules=[town.hot_rule()], escalation=calm(),
            sms={**smsd.settings(), "signature": "李渡应急"},
            stores=[{"id": "main", "api": "v1", "url": store.url, "database": store.database}])
        with Daemon(directory, config, [town.THERMOMETER]) as gateway:
            all_peers_die_alone(gateway, slave, store, smsd, modem)


def count_stored(store):
    rows = store.query("SELECT count(quality) FROM temperature")
    return rows[0]["count"] if rows else 0


def wait_more_stored(store, seconds=20):
    before = count_stored(store)
    wait_until(lambda: count_stored(store) > before, seconds, "readings are stored")


def all_peers_die_alone(gateway, slave, store, smsd, modem):
    def overview(condition, what, seconds=20):
        wait_until(lambda: condition(gateway.get("/api/v1/overview")), seconds, what)

    overview(lambda now: now["stores"][0]["ok"] and now["links"][0]["up"], "all is well")
    wait_more_stored(store)

    store.kill()
    overview(lambda now: now["stores"][0]["text"], "the store is missed")
    slave.set(HOT)
    wait_until(lambda: any("41.5度" in sms["text"] for sms in modem.sent()), 20,
               "an alarm leaves without the store")
    store.start()

    slave.kill()
    overview(lambda now: not now["links"][0]["up"] and now["links"][0]["text"],
             "the slave is missed")
    overview(lambda now: now["stores"][0]["ok"] and not now["stores"][0]["text"],
             "the store is back", 60)
    wait_more_stored(store)  # silence is stored too

    smsd.kill()
    before = len(smsd.list("outgoing"))
    incident = gateway.wait_rule("hot")
    assert gateway.client("inspector").post(f"/api/v1/incidents/{incident['id']}/ack").status == 200
    slave.registers = COOL
    slave.start()
    wait_until(lambda: len(smsd.list("outgoing")) > before, 30, "a recovery message waits for smsd")
    for name in smsd.list("outgoing"):  # as if it had waited for long
        old = time.time() - 3600
        os.utime(os.path.join(smsd.spool, "outgoing", name), (old, old))
    overview(lambda now: any(part["part"] == "sms" and not part["ok"] and "smsd" in part["text"]
                             for part in now["parts"]), "smsd is missed", 30)
    assert gateway.wait_rule("sms-failed")["condition"] == "active"
    wait_more_stored(store)
    gateway.wait_point(lambda now: now["quality"] == "good", "the sensor is read")


def test_missing_data_clears_no_alarm(directory):
    with Stage(directory, {"silent_after": "2s"}, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        stage.slave.kill()
        lost = stage.wait_timeline("data_lost")
        assert lost["condition"] == "unknown" and lost["cleared_at"] is None, lost
        refused = stage.gateway.client("inspector").post(f"/api/v1/incidents/{lost['id']}/close")
        assert refused.status == 409 and "数据中断" in refused.error(), refused.body
        stage.slave.registers = HOT
        stage.slave.start()
        back = stage.wait_timeline("data_back", 40)
        assert back["condition"] == "active" and back["raised_count"] == 1, back
        assert stage.spool.texts_to("wang", "outgoing") == [], "nothing new is sent"


def test_a_message_that_fails_goes_to_the_next_level_at_once(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.refuse(stage.spool.names()[0], "SIM card out of money")
        assert "未送达" in stage.spool.wait_text("li", "转报")
        incident = stage.wait_timeline("failed")
        assert "out of money" in entries(incident, "failed")[0]["text"], incident["timeline"]
        assert incident["level"] == "village", incident


def test_a_spool_that_comes_back_gets_what_waited(directory):
    with Stage(directory, escalation=calm()) as stage:
        os.rename(stage.spool.path("outgoing"), stage.spool.path("away"))
        stage.slave.set(HOT)
        incident = stage.gateway.wait_rule("sms-failed")
        assert incident["condition"] == "active", incident
        os.rename(stage.spool.path("away"), stage.spool.path("outgoing"))
        stage.spool.wait_text("wang", "未回转上级", 5)
        stage.gateway.wait_incident(lambda each: each["rule"] == "sms-failed" and
                                    each["condition"] == "normal", "the path is well again")
        stage.spool.take_all()
        stage.acknowledge()
        assert len(stage.alarms()) == 1, stage.spool.texts()


def test_a_second_daemon_is_refused_by_name_of_the_first(directory):
    with Stage(directory) as stage:
        second = stage.gateway.call("run")
        assert second.returncode == 3, second
        assert str(stage.gateway.process.pid) in second.stderr, second.stderr
        assert stage.gateway.client().get("/healthz").status == 200


def test_a_taken_web_port_is_said_in_a_sentence(directory):
    with ModbusSlave(directory, COOL) as slave, socket.socket() as taken:
        gateway = Daemon(directory, town.config(slave, town.THERMOMETER), [town.THERMOMETER])
        taken.bind(("127.0.0.1", gateway.port))
        taken.listen()
        result = gateway.call("run")
        assert result.returncode == 3 and str(gateway.port) in result.stderr, result


def test_the_daemon_starts_while_every_peer_is_away(directory):
    slave = ModbusSlave(directory, COOL)
    folders = {folder: f"{directory}/nowhere/{folder}" for folder in Spool.FOLDERS}
    url = f"http://127.0.0.1:{free_port()}"
    stores = [{"id": "main", "api": "v1", "url": url, "database": "x"}]
    config = town.config(slave, town.THERMOMETER, sms={"driver": "smsd", **folders}, stores=stores)
    with Daemon(directory, config, [town.THERMOMETER]) as gateway:
        def is_told():
            now = gateway.get("/api/v1/overview")
            return (not now["links"][0]["up"] and now["stores"][0]["text"] and
                    any(part["part"] == "sms" and not part["ok"] for part in now["parts"]))

        wait_until(is_told, 15, "the overview names all three")
        assert Client(gateway.port).get("/healthz").status == 200
        assert gateway.stop(5) == 0


def test_a_config_that_is_wrong_starts_nothing(directory):
    slave = ModbusSlave(directory, COOL)
    config = town.config(slave, town.THERMOMETER)
    config["sites"][0]["devices"][0]["pol"] = "5s"
    gateway = Daemon(directory, config, [town.THERMOMETER])
    result = call("run", "-c", gateway.directory)
    assert result.returncode == 1 and "pol" in result.stderr and "poll" in result.stderr, result
    assert not os.path.exists(gateway.path("data"))
