"""Polling real slaves: what the API says is what mbpoll reads, and no lie on the wire ever becomes a value."""
import random
import re
import subprocess

import town
from daemon import COOL, Frozen, Daemon, SerialLiar, SerialSlave, TcpLiar, serial_link
from peers import ModbusSlave, PtyPair, wait_until

# From register 1 on: 16 bits twice, 32 bits in two orders of words, a float in each.
REGISTERS = [0, 0xFF9C, 54321, 0x0001, 0x86A0, 0x86A0, 0x0001, 0x41C8, 0x0000, 0xCCCD, 0x4048]


def number(key, at, kind, order, quantity, unit, scale=1):
    return {"key": key, "quantity": quantity, "read": "all", "at": at, "type": kind, "order": order,
            "scale": scale, "unit": unit, "decimals": 2, "range": [-1e9, 1e9]}


PANEL = {**town.COUNTER, "id": "panel", "model": "panel",
         "timing": {**town.COUNTER["timing"], "poll_ms": 200},
         "reads": [{"name": "all", "fc": 3, "addr": 1, "count": 10}],
         "points": [number("frost", 0, "int16", "AB", "temperature", "degC", 0.1),
                    number("count", 1, "uint16", "AB", "count", "1"),
                    number("big", 2, "uint32", "ABCD", "stock", "1"),
                    number("swapped", 4, "uint32", "CDAB", "people", "1"),
                    number("float", 6, "float32", "ABCD", "pressure", "kPa"),
                    number("float_swapped", 8, "float32", "CDAB", "voltage", "V")]}


def mbpoll(connection, kind, address, *options, is_signed=False):
    """The number that an independent master reads; it writes 65436 (-100)."""
    result = subprocess.run(["mbpoll", "-q", "-1", "-0", "-o", "1", "-a", "1", "-t", kind, "-r",
                             str(address), *options, *connection],
                            capture_output=True, text=True, timeout=20, check=False)
    found = re.search(r"^\[\d+\]:\s+(\S+)(?:\s+\((-\d+)\))?", result.stdout, re.MULTILINE)
    assert result.returncode == 0 and found, result.stdout + result.stderr
    return float((is_signed and found.group(2)) or found.group(1))


def read_panel(connection):
    """The registers of the profile by mbpoll, which takes the low word first unless told -B."""
    return {"frost": mbpoll(connection, "4", 1, is_signed=True) * 0.1,
            "count": mbpoll(connection, "4", 2),
            "big": mbpoll(connection, "4:int", 3, "-B"),
            "swapped": mbpoll(connection, "4:int", 5),
            "float": mbpoll(connection, "4:float", 7, "-B"),
            "float_swapped": mbpoll(connection, "4:float", 9)}


def expect_panel(gateway, expected):
    gateway.wait_point(lambda now: now["quality"] == "good", "it is read", point="w3/d1/frost")
    points = gateway.get("/api/v1/points")
    assert len(points) == len(expected), points
    for now in points:
        assert now["quality"] == "good" and now["reason"] == "", now
        assert abs(now["value"] - expected[now["key"]]) < 1e-4, (now, expected)


def test_values_over_tcp_are_what_mbpoll_reads(directory):
    with ModbusSlave(directory, REGISTERS) as slave:
        expected = read_panel(["-m", "tcp", "-p", str(slave.port), "127.0.0.1"])
        assert round(expected["frost"], 3) == -10, expected
        assert expected["big"] == expected["swapped"] == 100000, expected
        with Daemon(directory, town.config(slave, PANEL), [PANEL]) as gateway:
            expect_panel(gateway, expected)


def test_values_over_a_serial_line_are_what_mbpoll_reads(directory):
    with PtyPair(directory) as line, SerialSlave(directory, line.b, REGISTERS) as slave:
        master = ["-m", "rtu", "-b", "19200", "-P", "none", line.a]
        before = read_panel(master)
        config = town.config(slave, PANEL, links=serial_link(line.a))
        with Daemon(directory, config, [PANEL]) as gateway:
            expect_panel(gateway, before)
            gateway.stop(5)
        assert read_panel(master) == before


def test_a_shipped_profile_reads_a_sensor(directory):
    with ModbusSlave(directory, [0, 0xFFEC, 482]) as slave:
        config = town.config(slave, {"id": "xy-md02"})
        del config["profiles"]
        with Daemon(directory, config) as gateway:
            now = gateway.wait_point(lambda now: now["value"] is not None, "frost is read")
            assert now["value"] == -2.0 and now["unit"] == "degC" and now["quality"] == "good", now
            humidity = gateway.point("w3/d1/humidity")
            assert abs(humidity["value"] - 48.2) < 1e-9, humidity


def silent_config(slave, **others):
    config = town.config(slave, town.THERMOMETER, escalation={"settle": "0s", "group_wait": "0s"},
                         **others)
    config["sites"][0]["devices"][0]["silent_after"] = "2s"
    return config


def expect_no_answer(gateway, before):
    now = gateway.wait_point(lambda now: now["quality"] == "no_answer", "no answer is shown", 3)
    assert now["value"] is None and now["reason"] and now["good_at"] >= before["good_at"], now


def test_a_killed_slave_gives_no_answer_and_comes_back(directory):
    with ModbusSlave(directory, COOL) as slave, \
            Daemon(directory, silent_config(slave), [town.THERMOMETER]) as gateway:
        before = gateway.wait_point(lambda now: now["value"] == 25.0, "the slave is read")
        slave.kill()
        expect_no_answer(gateway, before)
        overview = gateway.get("/api/v1/overview")
        assert not overview["links"][0]["up"] and overview["links"][0]["text"], overview["links"]
        assert overview["sites"][0]["lost"] and overview["counts"]["points_good"] == 0, overview
        link = gateway.get("/api/v1/links")[0]
        assert not link["up"] and link["text"] and link["error"]["text"], link
        lost = link["devices"][0]
        assert lost["error"]["since"] and lost["error"]["kind"] in ("link", "timeout"), lost
        slave.registers = [0, 263]
        slave.start()
        gateway.wait_point(lambda now: now["value"] == 26.3, "it is read again", 40)
        assert gateway.get("/api/v1/overview")["links"][0]["up"]
        back = gateway.get("/api/v1/links")[0]
        assert back["up"] and back["text"] == "" and back["error"]["at"] >= link["error"]["at"], back
        device = back["devices"][0]
        assert device["error"]["since"] is None and device["error"]["at"] >= lost["error"]["at"], device
        assert device["success"] < 1, device


def expect_silence_then_return(gateway, before, make_whole):
    expect_no_answer(gateway, before)
    incident = gateway.wait_rule("sensor-silent", 8)
    assert incident["condition"] == "active" and incident["site"] == "w3", incident
    assert gateway.get("/api/v1/overview")["sites"][0]["lost"]
    make_whole()
    gateway.wait_incident(lambda each: each["rule"] == incident["rule"] and
                          each["condition"] == "normal", "its silence ends", 65)
    assert gateway.point()["quality"] == "good"


def test_a_slave_that_hangs_behind_an_open_connection_becomes_an_incident(directory):
    with ModbusSlave(directory, COOL) as slave, \
            Daemon(directory, silent_config(slave), [town.THERMOMETER]) as gateway:
        before = gateway.wait_point(lambda now: now["value"] == 25.0, "the slave is read")
        frozen = Frozen(slave)
        frozen.__enter__()
        expect_silence_then_return(gateway, before, frozen.__exit__)


def test_a_dead_sensor_on_a_serial_line_becomes_an_incident(directory):
    with PtyPair(directory) as line, SerialSlave(directory, line.b, COOL) as slave, \
            Daemon(directory, silent_config(slave, links=serial_link(line.a)),
                  [town.THERMOMETER]) as gateway:
        before = gateway.wait_point(lambda now: now["value"] == 25.0, "the slave is read")
        slave.kill()
        expect_silence_then_return(gateway, before, slave.start)


def test_a_pulled_serial_adapter_shows_and_comes_back(directory):
    with PtyPair(directory) as line, SerialSlave(directory, line.b, COOL) as slave, \
            Daemon(directory, silent_config(slave, links=serial_link(line.a)),
                  [town.THERMOMETER]) as gateway:
        before = gateway.wait_point(lambda now: now["value"] == 25.0, "the slave is read")
        slave.kill()
        line.kill()
        expect_no_answer(gateway, before)
        wait_until(lambda: not gateway.get("/api/v1/overview")["links"][0]["up"], 10,
                   "the link is down")
        line.start()
        slave.start()
        gateway.wait_point(lambda now: now["value"] == 25.0, "it is read again", 40)


# The truth is 1000 to 1999, every lie is 30000 or more.
LIAR = {**town.COUNTER, "id": "liar", "model": "liar",
        "timing": {**town.COUNTER["timing"], "timeout_ms": 150, "min_poll_ms": 20, "poll_ms": 20},
        "reads": [{"name": "all", "fc": 4, "addr": 7, "count": 1}]}
LATE_S = 0.22  # beyond the timeout, within the time in which nobody speaks


def flip(dice, frame):
    """One to three bits: a CRC of 16 bits always sees that in so short a frame."""
    damaged = bytearray(frame)
    for bit in dice.sample(range(8 * len(frame)), dice.randrange(1, 4)):
        damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def cut(dice, frame):
    """In two pieces."""
    at = dice.randrange(1, len(frame))
    return [(0, frame[:at]), (0.01, frame[at:])]


def tcp_script(dice):
    """TCP has no check sum: its lies are whole frames with something wrong around the value."""
    kept = []  # an answer that comes with the next one

    def script(count, request):
        def frame(value, **changes):
            return TcpLiar.frame(request, value, **changes)

        right, lie = frame(1000 + count % 1000), dice.randrange(30000, 60000)
        asked = int.from_bytes(request[:2], "big")
        wrong = dice.choice([frame(lie, id=asked ^ 1 << dice.randrange(16)),
                             frame(lie, unit=request[6] ^ 3), frame(lie, function=3),
                             frame(lie, size=4), frame(lie, protocol=dice.randrange(1, 65536)),
                             frame(lie, length=dice.choice([3, 4, 6, 9])),
                             dice.randbytes(dice.randrange(1, 40))])
        if kept:
            return [(0, kept.pop() + right)]
        kind = dice.randrange(20)
        if kind == 0:
            kept.append(frame(lie))
            return []
        if kind == 1:
            return [(0, frame(lie, function=0x84, length=3)[:9])]  # exception 2
        if kind < 4:  # the next question's answer before it is asked
            return [(0, right + frame(lie, id=(asked + 1) % 65536))]
        if kind < 7:
            return cut(dice, right)
        if kind < 14:
            return [(0, wrong + right)]
        return [(0, right)]

    return script


def serial_script(dice):
    def script(count, request):
        def frame(value, **changes):
            return SerialLiar.frame(request, value, **changes)

        right, lie = frame(1000 + count % 1000), frame(dice.randrange(30000, 60000))
        wrong = dice.choice([flip(dice, lie), frame(40000, unit=request[0] ^ 3),
                             frame(40000, size=4), frame(40000, function=3),
                             lie[:dice.randrange(1, 6)], dice.randbytes(dice.randrange(1, 12))])
        kind = dice.randrange(30)
        if kind == 0:
            return [(LATE_S, lie)]
        if kind == 1:
            return [(0, flip(dice, right))]
        if kind < 5:
            return [(0, right + lie)]
        if kind < 10:
            return cut(dice, right)
        if kind < 18:
            return [(0, wrong + right)]
        return [(0, right)]

    return script


def expect_only_truth(gateway, point_id):
    curve = gateway.get(f"/api/v1/points/{point_id}/history?max=4000")
    found = [bucket for bucket in curve["buckets"] if bucket["samples"]]
    samples = sum(bucket["samples"] for bucket in found)
    assert all(1000 <= bucket["min"] <= bucket["max"] <= 1999 for bucket in found), found
    return samples


def test_no_lie_on_the_wire_becomes_a_value(directory):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    with PtyPair(directory) as line, TcpLiar(tcp_script(dice)) as tcp, \
            SerialLiar(serial_script(random.Random(seed)), line.b):
        config = town.config(tcp, LIAR)
        config["links"] += [{**serial_link(line.a)[0], "id": "bus"}]
        devices = config["sites"][0]["devices"]
        devices.append({**devices[0], "id": "d2", "link": "bus"})
        with Daemon(directory, config, [LIAR]) as gateway:
            # After a silence the serial device is left alone for 5 s.
            for point_id, count, seconds in (("w3/d1/count", 150, 25), ("w3/d2/count", 60, 60)):
                wait_until(lambda: expect_only_truth(gateway, point_id) >= count, seconds,
                           "truths are heard")
            links = {link["id"]: link["counters"] for link in gateway.get("/api/v1/links")}
            assert links["gw1"]["foreign"] > 10 and links["gw1"]["timeouts"] > 0, links
            assert links["bus"]["damaged"] > 1 and links["bus"]["timeouts"] > 0, links
