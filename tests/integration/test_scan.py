"""What a technician asks by hand: who is on this bus, and what does that device say. pymodbus, socat and our own
simulator answer. A wrong baud or parity cannot be played on a pty: bytes pass it whole at any setting."""
import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time

import town
from daemon import SerialSlave, call, serial_link
from peers import Gateway, ModbusSlave, Program, PtyPair, binary, free_port, is_readable, wait_until

DONE, NO, USAGE, WORLD = 0, 1, 2, 3
TH = [0, 245, 546]  # as an XY-MD02 says 24.5 degC and 54.6 %RH from register 1 on


class Simulator(Program):
    """huoyan simulate; `slaves` is the plan. Port 0 of its listen is replaced by a free one."""

    name = "simulator"

    def __init__(self, directory, *slaves):
        super().__init__(directory)
        self.port = free_port()
        self.tty = self.path("tty")
        plan = json.dumps({"slaves": slaves})
        plan = plan.replace("PORT", f"127.0.0.1:{self.port}").replace("TTY", self.tty)
        with open(self.path("plan.json"), "w", encoding="utf-8") as file:
            file.write(plan)

    def command(self):
        return [binary(), "simulate", self.path("plan.json")]

    def is_ready(self):
        return re.search(r"^\S+: \S", self.output(), re.MULTILINE) is not None


def climate(number, **others):
    return {"unit": number, "registers": [
        {"fc": 4, "address": 1, "type": "int16", "scale": 0.1, "value": 24.5},
        {"fc": 4, "address": 2, "type": "uint16", "scale": 0.1, "value": 54.6}], **others}


def fault(name, **others):
    return {"faults": [{"from": "0s", "until": "1h", "fault": name, **others}]}


def scan(*arguments, code=DONE):
    result = call("scan", *arguments, "--json")
    assert result.returncode == code, result
    return json.loads(result.stdout)


def read(*arguments, code=DONE):
    result = call("read", *arguments, "--json")
    assert result.returncode == code, result
    return [json.loads(line) for line in result.stdout.splitlines()]


def units(found):
    return [hit["unit"] for hit in found["found"]]


def best(hit):
    return hit["candidates"][0]


def values(candidate):
    return {value["key"]: value["value"] for value in candidate["values"]}


class Listener:
    """Takes whatever comes over TCP and answers nothing; `asked` are whole MBAP requests."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.bytes = b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                with peer:
                    while data := peer.recv(4096):
                        self.bytes += data

    def asked(self):
        return [self.bytes[at:at + 12] for at in range(0, len(self.bytes), 12)]

    def close(self):
        self.listener.close()


# --- scan -----------------------------------------------------------------------------------------


def test_scan_over_tcp_finds_the_units_and_their_model(directory):
    with ModbusSlave(directory, TH) as slave:
        found = scan("--tcp", f"127.0.0.1:{slave.port}", "--units", "1-4", "--timeout", "300ms")
    assert units(found) == [1, 2] and not found["stopped"] and found["asked"] == 6, found
    for hit in found["found"]:
        assert best(hit)["profile"] == "xy-md02" and best(hit)["score"] == 100, hit
        assert values(best(hit)) == {"temperature": 24.5, "humidity": 54.6}
        scores = [candidate["score"] for candidate in hit["candidates"]]
        assert scores == sorted(scores, reverse=True) and len(scores) > 2


def test_scan_shows_the_look_alike_with_its_values(directory):
    with Simulator(directory, {"listen": "PORT", "units": [climate(1)]}) as slaves:
        hit = scan("--tcp", f"127.0.0.1:{slaves.port}", "--units", "1")["found"][0]
        text = call("scan", "--tcp", f"127.0.0.1:{slaves.port}", "--units", "1").stdout
    clone = next(each for each in hit["candidates"] if each["profile"] == "md02-x100")
    assert values(clone) == {"temperature": 2.45, "humidity": 5.46}
    assert clone["score"] < best(hit)["score"] and "humidity 少见" in clone["why"], clone
    steady = re.sub(r"\d+ ms", "N ms", re.sub(r"用时 [\d.]+ 秒", "用时 T", text))
    steady = steady.replace(str(slaves.port), "PORT")
    assert steady == """扫描 127.0.0.1:PORT，站号 1
  问：功能码 3 地址 0 数量 2；功能码 4 地址 1 数量 2
  只读不写；最多 2 问，没人应答要 2.0 秒；Ctrl-C 提前结束
站号 1：有应答，N ms，异常 2（寄存器地址不存在）
    最像 xy-md02（XY XY-MD02），100 分：1 个数据块全部有应答；2 个量在常见范围
      temperature   24.5 degC
      humidity      54.6 %RH
    也可能 md02-x100（MD02 (x100)），80 分：1 个数据块全部有应答；humidity 少见；1 个量在常见范围
      temperature   2.45 degC
      humidity      5.46 %RH
    写进配置：{"id": "...", "link": "...", "unit": 1, "profile": "xy-md02"}
扫描完：问了 1 次，1 台应答，用时 T
""", steady


def test_scan_on_a_serial_line_tries_the_lines_in_order(directory):
    with PtyPair(directory) as line, SerialSlave(directory, line.b, TH):
        plain = ["--serial", line.a, "--parities", "none"]  # a pty takes any parity for good
        found = scan(*plain, "--bauds", "19200", "--units", "1-3", "--timeout", "100ms")
        assert units(found) == [1, 2], found
        assert [(hit["baud"], hit["parity"]) for hit in found["found"]] == [(19200, "none")] * 2
        assert best(found["found"][0])["profile"] == "xy-md02"
        # The factory runs at 9600: the same map costs points, and the reason says so.
        assert best(found["found"][0])["score"] == 90 and "出厂是 9600" in best(found["found"][0])["why"]
        first = scan(*plain, "--bauds", "9600,19200", "--units", "1-32", "--first")
        text = call("scan", *plain, "--bauds", "19200", "--units", "1", "--timeout", "100ms").stdout
    link = f'{{"id": "...", "type": "rtu", "device": "{line.a}", "baud": 19200, "parity": "none"}}'
    assert f"总线写进配置：{link}\n" in text, text
    assert len(first["found"]) == 1 and first["asked"] <= 3, first


def test_scan_of_a_link_uses_its_config(directory):
    with Simulator(directory, {"listen": "PORT", "framing": "rtu", "units": [climate(5)]}) as slaves:
        model = {**town.THERMOMETER, "reads": [{"name": "air", "fc": 4, "addr": 1, "count": 1}]}
        config = town.config(slaves, model, links=[{"id": "gw1", "type": "rtu_over_tcp",
                                                    "host": "127.0.0.1", "port": slaves.port}])
        daemon = Gateway(directory, config, [model])
        found = scan("gw1", "-c", daemon.directory, "--units", "4-6", "--timeout", "100ms")
        assert found["link"]["id"] == "gw1" and units(found) == [5], found
        names = [candidate["profile"] for candidate in found["found"][0]["candidates"]]
        assert names[0] == "xy-md02" and "thermometer" in names, names
        assert scan("--rtu-over-tcp", f"127.0.0.1:{slaves.port}", "--units", "5")["found"]
        assert call("scan", "gw9", "-c", daemon.directory).returncode == USAGE


def test_scan_only_reads(directory):
    del directory
    listener = Listener()
    found = scan("--tcp", f"127.0.0.1:{listener.port}", "--units", "1,2", "--thorough",
                 "--timeout", "10ms", code=NO)
    listener.close()
    asked = listener.asked()
    assert found["asked"] == len(asked) > 10 and not found["found"], found
    assert {request[7] for request in asked} <= {1, 2, 3, 4}, asked


def test_scan_hears_the_slow_and_counts_the_noisy(directory):
    slow, noisy = climate(2, **fault("late", late="260ms")), climate(5, **fault("garbage"))
    broken = climate(7, **fault("exception", code=4))
    line = {"pty": "TTY", "units": [slow, noisy, broken]}
    with Simulator(directory, line) as slaves:
        found = scan("--serial", slaves.tty, "--bauds", "9600", "--parities", "none",
                     "--units", "1-8", "--timeout", "200ms")
    hits = {hit["unit"]: hit for hit in found["found"]}
    assert set(hits) == {2, 7}, found
    assert hits[2]["late"] and not hits[7]["late"] and hits[7]["exception"] == 4, hits
    assert found["noise"][0]["count"] >= 1 and found["noise"][0]["sample"], found


def test_a_gateway_that_knows_who_is_away_is_believed(directory):
    line = {"listen": "PORT", "units": [climate(1), climate(2, **fault("exception", code=11)),
                                        climate(3, **fault("exception", code=10))]}
    with Simulator(directory, line) as slaves:
        found = scan("--tcp", f"127.0.0.1:{slaves.port}", "--units", "1-3")
    assert units(found) == [1] and found["absent"] == 2 and found["asked"] == 3, found


def test_scan_of_nobody_is_exit_1_with_advice(directory):
    with PtyPair(directory) as line:
        result = call("scan", "--serial", line.a, "--bauds", "9600", "--units", "1,2", "--timeout", "20ms")
    assert result.returncode == NO and "0 台应答" in result.stdout and "A/B" in result.stdout, result
    assert "\r" not in result.stdout + result.stderr, "no bar when nobody looks"


def test_scan_that_cannot_open_is_exit_3(directory):
    result = call("scan", "--tcp", f"127.0.0.1:{free_port()}", "--units", "1")
    assert result.returncode == WORLD and "连接被拒绝" in result.stderr, result
    nowhere = os.path.join(directory, "ttyNone")
    result = call("scan", "--serial", nowhere)
    assert result.returncode == WORLD and nowhere in result.stderr, result


def test_a_port_that_the_daemon_holds_is_told(directory):
    with PtyPair(directory) as line, SerialSlave(directory, line.b, TH) as slave:
        config = town.config(slave, town.THERMOMETER, links=serial_link(line.a))
        with Gateway(directory, config, [town.THERMOMETER]) as daemon:
            wait_until(lambda: daemon.get("/api/v1/points")[0]["quality"] == "good", 15, "it polls")
            result = call("scan", "gw1", "-c", daemon.directory)
            assert result.returncode == WORLD and "systemctl stop huoyan" in result.stderr, result
            result = call("read", "w3/d1", "-c", daemon.directory)
            assert result.returncode == WORLD and "占用" in result.stderr, result


def test_ctrl_c_ends_a_scan_with_what_it_found(directory):
    with Simulator(directory, {"listen": "PORT", "units": [climate(1)]}) as slaves:
        with subprocess.Popen([binary(), "scan", "--tcp", f"127.0.0.1:{slaves.port}", "--timeout", "30s"],
                              stdout=subprocess.PIPE, text=True) as process:
            lines = iter(process.stdout.readline, "")
            assert any("写进配置" in line for line in lines)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(10) == DONE and time.monotonic() - began < 5
    assert "提前结束：问了 2 次，1 台应答" in rest, rest


def test_a_terminal_gets_a_progress_bar(directory):
    del directory
    listener = Listener()
    master, terminal = pty.openpty()
    with subprocess.Popen([binary(), "scan", "--tcp", f"127.0.0.1:{listener.port}", "--units", "1-3",
                           "--timeout", "150ms"], stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        seen = b""
        with contextlib.suppress(OSError):  # EIO: the other side is closed
            while is_readable(master, 20) and (data := os.read(master, 4096)):
                seen += data
        assert process.wait(10) == NO
    os.close(master)
    listener.close()
    text = seen.decode()
    bars = re.findall(r"\[([#-]+)\] (\d+) % 站号 (\d)", text)
    shares = [int(share) for _, share, _ in bars]
    assert len(bars) >= 4 and shares == sorted(shares) and shares[-1] > 60, text
    assert text.rindex("扫描完：问了 6 次，0 台应答") > text.rindex("["), "a line at the end"


# --- read -----------------------------------------------------------------------------------------


def test_read_shows_every_byte_and_every_order(directory):
    words = [0, 0x0FDB, 0x4049]
    with ModbusSlave(directory, words) as slave:
        where = ["--tcp", f"127.0.0.1:{slave.port}", "--unit", "1", "--address", "1", "--count", "2"]
        answer = read(*where)[0]
        text = call("read", *where, "--fc", "4").stdout
    assert answer["outcome"] == "reply" and answer["words"] == words[1:], answer
    assert answer["request"] == "00 01 00 00 00 06 01 03 00 01 00 02"
    assert answer["reply"] == answer["arrived"] == "00 01 00 00 00 07 01 03 04 0F DB 40 49"
    assert 0 < answer["first_ms"] <= answer["whole_ms"]
    assert abs(answer["pairs"][0]["CDAB"]["float32"] - 3.1415927) < 1e-6
    assert answer["pairs"][0]["ABCD"]["uint32"] == 0x0FDB4049
    assert "  发送  00 01 00 00 00 06 01 04 00 01 00 02\n" in text, text
    assert re.search(r"^  1     2       CDAB +1078530011 +1078530011 +3\.141593$", text, re.MULTILINE), text


def test_read_of_a_device_decodes_as_the_daemon_does(directory):
    with ModbusSlave(directory, [0, 0xFFEC, 482]) as slave:
        config = town.config(slave, {"id": "xy-md02"})
        config["sites"][0]["devices"][0]["points"] = {"temperature": {"offset": 0.5}}
        daemon = Gateway(directory, config)
        answer = read("w3/d1", "-c", daemon.directory)[0]
        assert answer["profile"] == "xy-md02" and answer["function"] == 4, answer
        by_key = {value["key"]: value for value in answer["values"]}
        assert by_key["temperature"]["value"] == -1.5, "with the calibration"
        assert by_key["humidity"] == {"key": "humidity", "quantity": "humidity", "value": 48.2, "unit": "%RH",
                                      "quality": "good", "reason": "", "raw": 482}
        slave.set([0, 0x8000, 2000])
        wait_until(lambda: read("w3/d1", "-c", daemon.directory)[0]["words"] == [0x8000, 2000], 5, "it is set")
        bad = read("w3/d1", "-c", daemon.directory)[0]["values"]
        assert [value["quality"] for value in bad] == ["bad", "bad"], bad
        assert all(value["value"] is None and value["reason"] for value in bad), bad
        by_hand = read("gw1", "-c", daemon.directory, "--unit", "2", "--profile", "renke-rs-ws-n01")[0]
        assert by_hand["profile"] == "renke-rs-ws-n01" and by_hand["unit"] == 2


def test_read_says_in_words_why_there_is_no_value(directory):
    line = {"pty": "TTY", "units": [climate(1), climate(2, **fault("exception", code=2)),
                                    climate(3, **fault("garbage")), climate(4, **fault("crc")),
                                    climate(5, **fault("echo"))]}
    words = {2: "寄存器地址不存在", 3: "其中没有应答", 4: "校验不对", 9: "一个字节也没有"}
    outcomes = {2: "exception", 3: "noise", 4: "damaged", 9: "silent"}
    with Simulator(directory, line) as slaves:
        def where(unit):
            return ["--serial", slaves.tty, "--unit", str(unit), "--fc", "4", "--address", "1", "--timeout", "100ms"]

        for unit, word in words.items():
            result = call("read", *where(unit))
            assert result.returncode == NO and word in result.stdout, result
            assert read(*where(unit), code=NO)[0]["outcome"] == outcomes[unit]
        assert read(*where(3), code=NO)[0]["arrived"], "what came is shown"
        assert read(*where(5))[0]["echo"], "an adapter that hears itself"


def test_read_again_and_again(directory):
    with ModbusSlave(directory, TH) as slave:
        answers = read("--tcp", f"127.0.0.1:{slave.port}", "--unit", "1", "--address", "100", "--repeat", "3",
                       "--interval", "20ms")
    counts = [answer["words"][0] for answer in answers]
    assert counts == [counts[0], counts[0] + 1, counts[0] + 2], counts


def test_wrong_usage_of_scan_and_read_is_exit_2(directory):
    wrong = ["scan", "scan gw1", "scan --tcp", "scan --tcp a:1 --serial b", "scan --tcp a:99999",
             "scan --rtu-over-tcp a", "scan --tcp a:1 --bauds 9600", "scan --serial x --bauds 14400",
             "scan --serial x --parities N", "scan --serial x --units 0", "scan --serial x --units 255",
             "scan --serial x --timeout 5", "scan --serial x --first --first", "scan a b",
             "read", "read w3/d1", "read --tcp a:1 --address 1", "read --tcp a:1 --unit 1",
             "read --tcp a:1 --unit 1 --fc 5 --address 1", "read --tcp a:1 --unit 1 --address 65536",
             "read --tcp a:1 --unit 1 --address 1 --count 126", "read --tcp a:1 --unit 1 --address 65535 --count 2",
             "read --serial x --unit 255 --address 1", "read --tcp a:1 --baud 9600 --unit 1 --address 1",
             "read --tcp a:1 --unit 1 --profile nobody", "read --tcp a:1 --unit 1 --profile xy-md02 --fc 3",
             "read --serial x --parity N --unit 1 --address 1", "read --tcp a:1 --unit 1 --address 1 --repeat 0"]
    for line in wrong:
        result = call(*line.split())
        assert result.returncode == USAGE and result.stdout == "" and "huoyan" in result.stderr, (line, result)
    assert not os.listdir(directory)
