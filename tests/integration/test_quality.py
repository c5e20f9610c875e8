"""How far a value is believed, and the words why not, as the API shows them. Polls are a second apart, so that each
state lasts long enough to be seen."""
import datetime
import socket
import time

import town
from daemon import CHAIN, Daemon
from peers import ModbusSlave, wait_until

SENTINEL, TOO_HOT, DAMP, COLD = 0x8000, 1500, 482, 0x10000 - 50
RATE, POWER_UP, FLAT, STALE = "变化过快待确认", "上电初值待确认", "长时间不变", "数据过期"


def point(key, block, unit, kind, **others):
    return {"key": key, "quantity": key, "read": block, "at": 0, "type": kind, "order": "AB", "scale": 0.1,
            "unit": unit, "decimals": 1, **others}


def sensor(name, reads, points, **others):
    return {**town.COUNTER, "id": name, "model": name, "reads": reads, "points": points,
            "timing": {**town.COUNTER["timing"], "poll_ms": 1000}, **others}


# Temperature in register 1 and humidity in register 2, each in a block of its own.
AIR = sensor("air",
             [{"name": "t", "fc": 4, "addr": 1, "count": 1}, {"name": "h", "fc": 4, "addr": 2, "count": 1}],
             [point("temperature", "t", "degC", "int16", range=[-40, 125], rated=[-40, 60],
                    bad=[{"raw": SENTINEL, "means": "no value"}], fault={"roc_per_s": 1}),
              point("humidity", "h", "%RH", "uint16", range=[0, 100], fault={"roc_per_s": 10})],
             joint=[{"if_bad": "humidity", "suspect": ["temperature"], "why": "one chip measures both"}])


class Air:
    """A sensor, the gateway that reads it, and what is expected of them."""

    def __init__(self, directory, **others):
        """`others` are more members of the config's root."""
        self.slave = ModbusSlave(directory, [0, 250, DAMP])
        self.daemon = Daemon(directory, town.config(self.slave, AIR, **others), [AIR])

    def __enter__(self):
        self.slave.start()
        self.daemon.start()
        self.expect("good", "", 25.0)
        return self

    def __exit__(self, *reason):
        self.daemon.kill()
        self.slave.kill()

    def expect(self, quality, reason, value, key="temperature"):
        wanted = {"quality": quality, "reason": reason, "value": value}
        self.daemon.wait_point(lambda now: {name: now[name] for name in wanted} == wanted, wanted,
                              point=f"w3/d1/{key}")

    def say(self, temperature, humidity=DAMP):
        self.slave.set([0, temperature, humidity])


def test_what_a_reply_says_of_itself_is_shown_with_its_reason(directory):
    with Air(directory) as air:
        air.say(SENTINEL)
        air.expect("bad", "传感器无有效值", None)
        air.say(TOO_HOT)
        air.expect("bad", "超出物理量程", None)
        air.say(650)  # of a sensor that is made for 60: a fire, and no fault
        air.expect("uncertain", "超出标称范围", 65.0)
        air.say(655, 2000)
        air.expect("bad", "超出物理量程", None, "humidity")
        air.expect("uncertain", "超出标称范围", 65.5)


def test_a_jump_towards_danger_shows_at_once_and_one_away_from_it_waits(directory):
    with Air(directory) as air:
        air.say(450)
        air.expect("uncertain", RATE, 45.0)
        air.expect("good", "", 45.0)
        air.say(200)
        air.expect("bad", RATE, None)
        air.expect("good", "", 20.0)
        air.say(200, 900)  # danger lies on both sides of humidity
        air.expect("uncertain", RATE, 90.0, "humidity")
        air.expect("good", "", 90.0, "humidity")
        air.say(200, 300)
        air.expect("uncertain", RATE, 30.0, "humidity")


def test_one_spike_back_to_normal_clears_no_alarm(directory):
    with Air(directory, rules=[town.hot_rule()], escalation=CHAIN) as air:  # no clear_hold, no settle time
        air.say(450)
        air.daemon.wait_rule("hot")
        air.expect("good", "", 45.0)
        air.say(250)
        air.expect("bad", RATE, None)
        air.say(450)
        air.expect("good", "", 45.0)
        told = [entry["event"] for entry in air.daemon.wait_rule("hot")["timeline"]]
        assert not {"returned", "cleared"} & set(told), told
        air.say(250)
        air.expect("good", "", 25.0)
        air.daemon.wait_incident(lambda each: each["condition"] == "normal", "it clears")


def test_danger_lies_where_the_rules_look(directory):
    rules = [{"id": "cold", "applies_to": {"quantity": "temperature"}, "when": "value < 0", "severity": "major"},
             {"id": "damp", "applies_to": {"quantity": "humidity"}, "when": "value > 80", "severity": "minor"}]
    with Air(directory, rules=rules, escalation=CHAIN) as air:
        air.say(COLD, 900)
        air.expect("uncertain", RATE, -5.0)
        air.daemon.wait_rule("cold")
        air.daemon.wait_rule("damp")
        air.expect("good", "", 90.0, "humidity")
        air.say(COLD, 500)
        air.expect("bad", RATE, None, "humidity")
        air.say(COLD, 900)
        air.expect("good", "", 90.0, "humidity")
        assert air.daemon.wait_rule("damp")["condition"] == "active"


def test_a_bad_sibling_in_another_block_makes_a_value_suspect(directory):
    with Air(directory) as air:
        air.say(250, 2000)
        air.expect("bad", "超出物理量程", None, "humidity")
        air.expect("uncertain", "同设备其他量异常", 25.0)
        air.say(250)
        air.expect("good", "", 48.2, "humidity")
        air.expect("good", "", 25.0)


def test_what_a_sensor_says_while_it_wakes_up_is_not_believed(directory):
    with Air(directory) as air:
        air.slave.kill()
        wait_until(lambda: air.daemon.point()["quality"] == "no_answer", 15, "the sensor is gone")
        assert air.daemon.point()["reason"] != ""
        air.slave.registers = [0, 0, DAMP]
        air.slave.start()
        air.expect("bad", POWER_UP, None)
        air.say(252)
        air.expect("uncertain", POWER_UP, 25.2)
        air.expect("good", "", 25.2)


def thermometer(name, address):
    """Suspect after 3 s of standing still."""
    return sensor(name, [{"name": "t", "fc": 4, "addr": address, "count": 1}],
                  [point("temperature", "t", "degC", "int16", range=[-40, 125],
                         fault={"flat_s": 3, "flat_tol": 0.05})])


class Wind:
    """Register 2 goes up and down at each look; register 1 stays."""

    def __init__(self, slave):
        self.slave, self.still, self.moving = slave, 250, 250

    def blow(self):
        self.moving = 500 - self.moving + 40
        self.slave.set([0, self.still, self.moving])


def test_a_sensor_that_stands_still_beside_one_that_moves_loses_its_value(directory):
    profiles = [thermometer("one", 1), thermometer("two", 2)]
    with ModbusSlave(directory, [0, 250, 250]) as slave:
        config = town.config(slave, profiles[0])
        devices = config["sites"][0]["devices"]
        devices.append({**devices[0], "id": "d2", "unit": 2, "profile": "two"})
        with Daemon(directory, config, profiles) as daemon:
            wind = Wind(slave)

            def wait(quality, reason, seconds=20):
                def look():
                    wind.blow()
                    now = daemon.point()
                    return (now["quality"], now["reason"]) == (quality, reason) and now

                return wait_until(look, seconds, f"it is {quality}")

            assert wait("good", "")["value"] == 25.0
            assert wait("uncertain", FLAT)["value"] == 25.0
            assert wait("bad", FLAT)["value"] is None
            assert daemon.point("w3/d2/temperature")["quality"] == "good"
            wind.still = 251
            assert wait("good", "")["value"] == 25.1
            wait("uncertain", FLAT)
            # Who starts again has not forgotten it: the first value is as doubtful as the last one was.
            assert daemon.stop() == 0
            began = datetime.datetime.now(datetime.timezone.utc)
            daemon.start()
            now = wait_until(lambda: fresh(daemon.point(), began), 10, "a new value")
            assert (now["quality"], now["reason"]) in (("uncertain", FLAT), ("bad", FLAT)), now


def fresh(now, since):
    return now if datetime.datetime.fromisoformat(now["at"]) > since else None


def test_sensors_that_all_stand_still_are_believed(directory):
    profiles = [thermometer("one", 1), thermometer("two", 2)]
    with ModbusSlave(directory, [0, 250, 250]) as slave:
        config = town.config(slave, profiles[0])
        devices = config["sites"][0]["devices"]
        devices.append({**devices[0], "id": "d2", "unit": 2, "profile": "two"})
        with Daemon(directory, config, profiles) as daemon:
            daemon.wait_point(lambda now: now["quality"] == "good", "it is read")
            end = time.monotonic() + 6
            while time.monotonic() < end:
                assert daemon.point()["quality"] == "good", daemon.point()
                time.sleep(0.2)


def test_a_value_from_before_a_restart_is_not_shown_once_it_is_too_old(directory):
    slow = {**AIR, "timing": {**AIR["timing"], "timeout_ms": 3000}}
    slave = ModbusSlave(directory, [0, 250, DAMP])
    config = town.config(slave, slow)
    config["sites"][0]["devices"][0]["silent_after"] = "2s"
    daemon = Daemon(directory, config, [slow])
    slave.start()
    try:
        daemon.start()
        daemon.wait_point(lambda now: now["quality"] == "good", "it is read", point="w3/d1/temperature")
        daemon.stop()
        slave.kill()
        stopped_at = time.monotonic()
        with socket.create_server(("127.0.0.1", slave.port)):  # takes the connection and says nothing
            wait_until(lambda: time.monotonic() - stopped_at > 2.5, 5, "it is too old")
            daemon.start()
            seen = []
            wait_until(lambda: seen.append(daemon.point("w3/d1/temperature")) or seen[-1]["reason"] == STALE, 3, STALE)
            assert all(now["quality"] == "no_answer" and now["value"] is None for now in seen), seen
            assert seen[-1]["good_at"] is not None, seen[-1]
            assert daemon.get("/api/v1/incidents?state=open") == [], "no incident says it yet"
            counts = daemon.get("/api/v1/overview")["counts"]
            assert counts["points_good"] == 0 and counts["devices_ok"] == 0, counts
        slave.start()
        daemon.wait_point(lambda now: now["quality"] == "good", "it is read again", point="w3/d1/temperature")
    finally:
        daemon.kill()
        slave.kill()
