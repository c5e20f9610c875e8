"""What is written down before it is spoken: crashes at every step between an alarm and its answer, and a hung disk."""
import os
import random
import resource
import threading
import time

from daemon import CHAIN, COOL, HOT, Stage, calm, entries, locked
from peers import PYTHON, wait_until


def test_the_same_reply_twice_has_effect_once(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        stamp = stage.spool.stamp()
        stage.spool.stamp = lambda: stamp
        stage.acknowledge()
        stage.spool.receive("wang", "1")
        wait_until(lambda: os.listdir(stage.spool.path("incoming")) == [], 5, "the reply is taken")
        stage.spool.receive("wang", "4")
        incident = stage.wait_timeline("arrived")
        assert len(entries(incident, "acked")) == 1, incident
        assert len(entries(incident, "reply")) == 2, incident
        assert sum("收到编号" in text for text in stage.spool.texts_to("wang")) == 1


def test_what_was_owed_at_a_crash_is_sent_once(directory):
    with Stage(directory, escalation=calm()) as stage:
        os.rename(stage.spool.path("outgoing"), stage.spool.path("away"))
        stage.slave.set(HOT)
        stage.wait_timeline("opened")
        wait_until(lambda: stage.gateway.metric("huoyan_sms_queued") >= 1, 5, "a message waits")
        stage.gateway.kill()
        os.rename(stage.spool.path("away"), stage.spool.path("outgoing"))
        stage.gateway.start()
        stage.spool.wait_text("wang", "未回转上级")
        stage.spool.take_all()
        stage.wait_timeline("sent")
        stage.acknowledge()
        assert len(stage.alarms()) == 1, stage.spool.texts()


def test_what_smsd_sent_during_a_crash_is_not_sent_again(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.gateway.kill()
        stage.spool.take_all()
        stage.gateway.start()
        stage.wait_timeline("sent")
        stage.acknowledge()
        assert len(stage.alarms()) == 1, stage.spool.texts()


def test_what_smsd_still_holds_after_a_crash_is_not_sent_again(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        name = stage.spool.names()[0]
        stage.gateway.kill()
        os.rename(stage.spool.path("outgoing", name), stage.spool.path("checked", name))
        stage.gateway.start()
        stage.gateway.wait_point(lambda now: now["value"] == 41.5, "it polls again")
        stage.acknowledge()
        stage.spool.wait_text("wang", "已登记")
        assert len(stage.alarms()) == 1 and stage.alarms("outgoing") == [], stage.spool.texts()


def test_a_deadline_that_passed_while_down_is_kept_once(directory):
    chain = {**CHAIN, "minor": {**CHAIN["minor"], "silence": {"grid": "2s", "village": "1h"}}}
    with Stage(directory, escalation=chain) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        stage.wait_timeline("sent")
        stage.gateway.kill()
        over = time.monotonic() + 3
        wait_until(lambda: time.monotonic() > over, 5, "the deadline passes")
        stage.gateway.start()
        text = stage.spool.wait_text("li", "转报")
        assert "wang" in text and "未回复" in text, text
        stage.spool.take_all()
        stage.acknowledge("li")
        assert len([text for text in stage.spool.texts_to("li") if "转报" in text]) == 1
        assert len(stage.alarms()) == 1 and stage.spool.texts_to("zhao") == [], stage.spool.texts()


def test_an_incident_survives_kill_9_with_its_code_and_chain(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        before = stage.acknowledge()
        stage.gateway.kill()
        stage.gateway.start()
        after = stage.gateway.get(f"/api/v1/incidents/{before['code']}")
        kept = ("id", "code", "rule", "point", "state", "level", "opened_at", "acked_at",
                "acked_by", "chain")
        assert all(before[key] == after[key] for key in kept), (before, after)
        assert after["timeline"][:len(before["timeline"])] == before["timeline"]
        stage.slave.set(COOL)
        stage.wait_timeline("cleared")
        stage.slave.set(HOT)
        stage.gateway.wait_incident(lambda each: each["raised_count"] == 2, "it is raised again")
        assert len(stage.gateway.incidents()) == 1, "one incident until it is closed"


def test_a_hung_disk_silences_no_alarm(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.gateway.client()
        with locked(stage.gateway.state_path()):
            began = time.monotonic()
            stage.raise_alarm()
            assert time.monotonic() - began < 4, "the alarm waited for the disk"
            wait_until(lambda: stage.gateway.metric("huoyan_messages_unrecorded_total") >= 1, 3,
                       "it is counted as unrecorded")
            stage.gateway.wait_incident(lambda each: each["rule"] == "disk-failed" and
                                        each["condition"] == "active", "it is told", 5)
            stage.spool.wait_text("zhao", "状态存储写入失败")
            stage.spool.take_all()
            stage.spool.receive("wang", "1")
            wait_until(lambda: any(each["state"] == "acked" for each in
                                   stage.gateway.get("/api/v1/incidents?state=open,acked")), 5,
                       "an answer is heard")
            parts = {part["part"]: part for part in stage.gateway.get("/api/v1/overview")["parts"]}
            assert not parts["state"]["ok"] and parts["state"]["text"], parts
            assert stage.gateway.client().get("/healthz").status == 200
        stage.gateway.wait_incident(lambda each: each["rule"] == "disk-failed" and
                                    each["condition"] == "normal", "the disk is well again")
        stage.wait_timeline("opened")
        assert len(entries(stage.wait_timeline("acked"), "acked")) == 1
        wait_until(lambda: os.listdir(stage.spool.path("incoming")) == [], 15, "it is let go")
        stage.spool.take_all()
        assert stage.gateway.metric("huoyan_state_lost_total") == 0
        stage.gateway.kill()
        stage.gateway.start()
        incident = next(each for each in stage.gateway.incidents() if each["rule"] == "hot")
        assert incident["state"] == "acked" and entries(incident, "opened"), incident
        assert len(stage.alarms()) == 1, "the record was not made good"


def test_an_answer_that_came_while_down_is_heard(directory):
    with Stage(directory, escalation=calm()) as stage:
        stage.raise_alarm()
        stage.spool.take_all()
        stage.wait_timeline("sent")
        stage.gateway.kill()
        stage.spool.receive("wang", "收到。")
        stage.gateway.start()
        assert stage.wait_timeline("acked")["acked_by"] == "wang"
        wait_until(lambda: os.listdir(stage.spool.path("incoming")) == [], 5, "the reply is taken")


class KeenSmsd(threading.Thread):
    """Sends whatever comes, at once."""

    def __init__(self, spool):
        super().__init__(daemon=True)
        self.spool = spool
        self.must_stop = threading.Event()

    def run(self):
        while not self.must_stop.wait(0.02):
            self.spool.take_all()

    def __enter__(self):
        self.start()

    def __exit__(self, *reason):
        self.must_stop.set()
        self.join(5)


def test_whenever_it_is_killed_each_word_goes_once(directory):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    chain = {**CHAIN, "settle": "0s",
             "minor": {**CHAIN["minor"], "silence": {"grid": "2s", "village": "2s"}}}
    with Stage(directory, escalation=chain) as stage, KeenSmsd(stage.spool):
        stage.slave.set(HOT)
        for _ in range(12):
            moment = time.monotonic() + dice.uniform(0, 0.9)
            wait_until(lambda: time.monotonic() > moment, 5, "the moment comes")
            stage.gateway.kill()
            stage.gateway.start()
        stage.spool.wait_text("zhao", "转报", 20)
        stage.acknowledge("zhao")
        stage.spool.wait_text("zhao", "已登记")
        incident = stage.gateway.incidents()[0]
        assert len(stage.gateway.incidents()) == 1 and incident["raised_count"] == 1, incident
        events = [entry["event"] for entry in incident["timeline"]]
        assert events.count("opened") == 1 and events.count("escalated") == 2, events
        for person, words in (("wang", "未回转上级"), ("wang", "已转上级村li"), ("li", "转报"),
                              ("li", "已转上级镇zhao"), ("zhao", "转报")):
            count = sum(words in text for text in stage.spool.texts_to(person))
            assert count == 1, (person, words, stage.spool.texts())
        assert len(set(stage.spool.finished)) == len(stage.spool.finished), stage.spool.finished


def limit_files(gateway, size):
    """No file may grow beyond: the disk is full. The process must not be killed for it."""
    _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def test_a_full_disk_silences_no_alarm_and_heals_by_itself(directory):
    with Stage(directory, escalation=calm()) as stage:
        gateway = stage.gateway
        gateway.kill()
        keep_alive = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"  # Python ignores SIGXFSZ
        plain = gateway.command
        gateway.command = lambda: [PYTHON, "-c", keep_alive, *plain()]
        gateway.start()
        gateway.client()
        limit_files(gateway, 1024)
        stage.slave.set(HOT)
        stage.spool.wait_text("wang", "未回转上级", 5)
        wait_until(lambda: gateway.metric("huoyan_messages_unrecorded_total") >= 1, 5,
                   "it is counted")

        def ill():
            parts = gateway.get("/api/v1/overview")["parts"]
            return {part["part"] for part in parts if not part["ok"]}

        wait_until(lambda: ill() == {"state", "history"}, 15, "both are told")
        disks = [each for each in gateway.get("/api/v1/incidents") if each["rule"] == "disk-failed"]
        assert len(disks) == 2 and all(each["condition"] == "active" for each in disks), disks
        gateway.wait_point(lambda now: now["value"] == 41.5, "it polls all the same")
        limit_files(gateway, resource.RLIM_INFINITY)
        wait_until(lambda: ill() == set(), 20, "both are well again")
        stage.wait_timeline("opened")
        curve = gateway.get("/api/v1/points/w3/d1/temperature/history?max=4000")["buckets"]
        assert max(bucket["max"] for bucket in curve if bucket["samples"]) == 41.5
        assert gateway.metric("huoyan_history_dropped_total") == 0
        gateway.kill()
        gateway.start()
        assert any(entries(each, "opened") for each in gateway.incidents() if each["rule"] == "hot")
        stage.spool.take_all()
        stage.acknowledge()
        assert len(stage.alarms()) == 1, stage.spool.texts()


def test_a_damaged_history_stops_no_alarm(directory):
    with Stage(directory, escalation=calm()) as stage:
        gateway = stage.gateway
        gateway.kill()
        for name in ("history.db", "history.db-wal"):
            with open(gateway.path("data", name), "r+b") as file:
                file.write(b"garbage " * 16)
        gateway.start()
        stage.raise_alarm()
        gateway.wait_point(lambda now: now["value"] == 41.5, "it polls")
        kept = [name for name in os.listdir(gateway.path("data")) if name.startswith("history.db.")]
        assert kept, "the damaged file is kept for who wants to look"


def test_a_damaged_state_stops_no_alarm_and_is_told(directory):
    with Stage(directory, escalation=calm()) as stage:
        gateway = stage.gateway
        assert gateway.stop(5) == 0  # a clean one leaves no journal that would heal it
        with open(gateway.state_path(), "r+b") as file:
            file.write(b"garbage " * 512)
        gateway.clients.clear()  # users and tokens are gone with it
        gateway.start()
        gateway.wait_log("状态库损坏")
        kept = [name for name in os.listdir(gateway.path("data")) if name.startswith("state.db.damaged")]
        assert kept, "the damaged file is kept for who wants to look"
        gateway.wait_rule("disk-failed")
        stage.raise_alarm()
