"""Alarms through the real smsd and a modem that is a pseudo terminal."""
import json
import os
import re

import town
from peers import FakeModem, Gateway, ModbusSlave, Smsd, wait_until

HOT, COOL = [0, 415], [0, 250]


class Stage:
    """Slave, modem, smsd and gateway; the slave starts cool."""

    def __init__(self, directory, modem_orders=()):
        self.slave = ModbusSlave(directory, COOL)
        self.modem = FakeModem(directory)
        self.smsd = Smsd(directory, self.modem)
        self.orders = modem_orders
        escalation = {"settle": "1s", "group_wait": "0s"}
        config = town.config(self.slave, town.THERMOMETER, rules=[town.hot_rule()],
                             escalation=escalation,
                             sms={**self.smsd.settings(), "signature": "李渡应急"})
        self.gateway = Gateway(directory, config, [town.THERMOMETER])

    def __enter__(self):
        self.slave.start()
        self.modem.start()
        for order in self.orders:
            self.modem.order(**order)
        self.smsd.start()
        self.gateway.start()
        return self

    def __exit__(self, *reason):
        for program in (self.gateway, self.smsd, self.modem, self.slave):
            program.kill()

    def texts_to(self, person):
        return [sms["text"] for sms in self.modem.sent()
                if sms["ok"] and sms["to"] == town.PHONES[person]]

    def wait_text(self, person, pattern, seconds=30):
        def find():
            return next((text for text in self.texts_to(person) if re.search(pattern, text)), None)

        return wait_until(find, seconds, f"{person} is told '{pattern}'")

    def reply(self, person, text):
        self.modem.order(do="inbound", **{"from": town.PHONES[person], "text": text})

    def wait_timeline(self, event, seconds=30):
        """The newest incident, once its timeline has the event."""
        def find():
            for incident in self.gateway.incidents():
                if any(entry["event"] == event for entry in incident["timeline"]):
                    return incident
            return None

        return wait_until(find, seconds, f"the timeline says '{event}'")


def test_an_alarm_reaches_the_phone_through_smsd(directory):
    with Stage(directory) as stage:
        stage.slave.set(HOT)
        text = stage.wait_text("wang", "3号库")
        assert "【李渡应急】" in text and "41.5度" in text, text
        assert len(text.encode("utf-16-be")) <= 140, f"{text} is no single SMS"
        assert stage.modem.sent()[0]["ucs2"] and stage.modem.sent()[0]["wants_report"]
        stage.wait_timeline("delivered")
        assert stage.smsd.list("outgoing") == [] and stage.smsd.list("report") == []
        assert os.listdir(os.path.join(stage.smsd.spool, "sms.temp")) == []


def test_a_reply_from_the_phone_acknowledges(directory):
    with Stage(directory) as stage:
        stage.slave.set(HOT)
        stage.wait_text("wang", "3号库")
        stage.reply("wang", "1")
        incident = stage.wait_timeline("acked")
        assert incident["state"] == "acked" and incident["acked_by"], incident
        wait_until(lambda: len(stage.texts_to("wang")) == 2, 20, "a confirmation goes back")
        wait_until(lambda: stage.smsd.list("incoming") == [], 5, "the reply is not kept")


def test_a_reply_of_a_stranger_changes_nothing(directory):
    with Stage(directory) as stage:
        stage.slave.set(HOT)
        stage.wait_text("wang", "3号库")
        stage.modem.order(do="inbound", **{"from": "+8613999999999", "text": "1"})
        wait_until(lambda: "+8613999999999" not in json.dumps(stage.modem.sent()) and
                   stage.smsd.list("incoming") == [], 20, "it is taken")
        stage.reply("wang", "收到")
        incident = stage.wait_timeline("acked")
        assert all(sms["to"] != "+8613999999999" for sms in stage.modem.sent())
        assert "wang" in json.dumps(incident["acked_by"]), incident["acked_by"]


def test_a_failing_modem_gives_a_failed_outcome(directory):
    orders = [{"do": "fail", "count": 3, "error": "+CMS ERROR: 38"}]  # smsd tries three times
    with Stage(directory, orders) as stage:
        stage.slave.set(HOT)
        incident = stage.wait_timeline("failed", 60)
        texts = [entry["text"] for entry in incident["timeline"] if entry["event"] == "failed"]
        assert any("38" in text for text in texts), texts


def test_what_was_owed_at_kill_9_is_sent_once(directory):
    with Stage(directory) as stage:
        stage.modem.order(do="mute", on=True)
        stage.slave.set(HOT)
        wait_until(lambda: stage.smsd.list("outgoing") + stage.smsd.list("checked"), 20,
                   "a message is handed to smsd")
        stage.gateway.kill()
        stage.gateway.start()
        stage.modem.order(do="mute", on=False)
        stage.wait_text("wang", "3号库", 90)
        stage.wait_timeline("sent", 60)
        alarms = [text for text in stage.texts_to("wang") if "3号库" in text]
        assert len(alarms) == 1, alarms
