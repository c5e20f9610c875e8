"""Sirens: what is written to a relay board, when, and what happens when the board does not obey. The board is simulated
(pulses, faults); what it does is read by mbpoll, which knows nothing of us."""
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
from datetime import datetime, timedelta

import town
from daemon import Events, Daemon, TcpLiar
from peers import wait_until
from test_scan import Simulator

RELAY, HEAT = 2, 1  # units
parse = datetime.fromisoformat


class Steered(Simulator):
    """With a control socket."""

    def __init__(self, directory, control, *slaves):
        super().__init__(directory, *slaves)
        with open(self.path("plan.json"), encoding="utf-8") as file:
            plan = json.load(file)
        with open(self.path("plan.json"), "w", encoding="utf-8") as file:
            json.dump({"control": control, **plan}, file)


class Board:
    """A thermometer and a relay board behind one Modbus TCP port, and the gateway."""

    def __init__(self, directory, **output):
        self.control = os.path.join(directory, "control.sock")
        self.simulator = Steered(directory, self.control, {"id": "gw", "listen": "PORT", "units": [
            {"unit": HEAT, "registers": [{"fc": 4, "address": 1, "type": "int16", "scale": 0.1, "value": 25}]},
            {"unit": RELAY, "writable": True, "fill": 0,
             "registers": [{"fc": 1, "address": n, "type": "bool", "value": 0} for n in range(8)],
             "orders": [{"fc": 5, "address": "0x0200", "count": 8, "mask": 0, "do": "pulse", "unit": "100ms",
                         "to": {"fc": 1, "address": 0}}]}]})
        self.simulator.start()
        self.port = self.simulator.port
        config = town.config(self, town.THERMOMETER, rules=[town.hot_rule("critical")],
                             escalation={"settle": "0s", "group_wait": "0s"})
        site = config["sites"][0]
        site["devices"].append({"id": "siren", "name": "警号", "link": "gw1", "unit": RELAY,
                                "profile": "waveshare-relay-8ch", "poll": "200ms"})
        site["outputs"] = [{"id": "horn", "name": "警笛", "device": "siren", "output": "relay0", "pulse": "0s", **output}]
        self.daemon = Daemon(directory, config, [town.THERMOMETER])
        self.steer = None

    def __enter__(self):
        self.daemon.start()
        self.steer = socket.socket(socket.AF_UNIX)
        self.steer.connect(self.control)
        self.daemon.wait_point(lambda now: now["value"] == 25.0, "the thermometer is read")
        return self

    def __exit__(self, *reason):
        self.daemon.kill()
        self.steer.close()
        self.simulator.kill()

    def order(self, line):
        self.steer.sendall(line.encode() + b"\n")
        answer = self.steer.recv(200).decode()
        assert answer.startswith("ok"), answer

    def heat(self, degrees):
        self.order(f"set gw {HEAT} 4 1 {int(degrees * 10)}")

    def coil(self, number=0):
        """By mbpoll: is it on?"""
        result = subprocess.run(["mbpoll", "-m", "tcp", "-p", str(self.port), "-a", str(RELAY), "-t", "0", "-0", "-r",
                                 str(number), "-c", "1", "-1", "-q", "127.0.0.1"], capture_output=True, text=True,
                                timeout=10, check=False)
        words = [line.split()[-1] for line in result.stdout.splitlines() if line.startswith(f"[{number}]")]
        return words == ["1"]

    def wait_coil(self, is_on, seconds=10):
        wait_until(lambda: self.coil() == is_on, seconds, f"the relay is {'on' if is_on else 'off'}")

    def output(self):
        answer = self.daemon.client("technician").get("/api/v1/outputs")
        assert answer.status == 200, answer.body
        return answer.json()[0]

    def wait_state(self, state, seconds=10):
        wait_until(lambda: self.output()["state"] == state, seconds, f"the output is '{state}'")

    def audit(self):
        with sqlite3.connect(f"file:{self.daemon.state_path()}?mode=ro", uri=True) as db:
            return [text for text, in db.execute("SELECT text FROM entry WHERE kind = 'output' ORDER BY id")]


def test_a_siren_sounds_until_somebody_has_it(directory):
    with Board(directory) as board:
        board.wait_state("off")
        seen = board.output()
        assert (seen["device"], seen["output"], seen["reason"]) == ("w3/siren", "relay0", ""), seen
        board.heat(45)
        board.wait_coil(True)
        board.wait_state("on")
        assert board.output()["wanted"], board.output()
        incident = board.daemon.wait_rule("hot")
        board.daemon.client("inspector").post(f"/api/v1/incidents/{incident['id']}/ack", {"note": "去看"})
        board.wait_coil(False, 2)
        board.wait_state("off")
        assert not any(board.coil(n) for n in range(1, 8))
        log = board.audit()
        assert any("警笛（w3/horn）启动" in text for text in log), log
        assert any(f"站号{RELAY} 功能码5 地址0 值0xFF00: 已应答" in text for text in log), log
        assert any(f"站号{RELAY} 功能码5 地址0 值0x0000: 已应答" in text for text in log), log
        timeline = board.daemon.get(f"/api/v1/incidents/{incident['id']}")["timeline"]
        assert any(each["event"] == "output" and "启动" in each["text"] for each in timeline), timeline


def test_a_board_that_acknowledges_and_does_nothing_is_an_incident(directory):
    with Board(directory) as board:
        board.wait_state("off")
        board.order(f"fault gw {RELAY} no_effect")
        board.heat(45)
        board.wait_state("failed")
        assert board.output()["reason"] == "写入后读回不符", board.output()
        incident = board.daemon.wait_rule("output-failed")
        assert "w3/horn" in incident["subject"], incident
        assert not board.coil()
        board.order(f"fault gw {RELAY} none")
        board.wait_coil(True, 45)  # it is tried again each half minute
        board.daemon.wait_incident(lambda each: each["rule"] == "output-failed" and each["condition"] == "normal",
                                  "the output obeys again", 45)


def test_a_siren_that_never_sounded_is_not_well_when_it_is_off(directory):
    with Board(directory) as board:
        def fault():
            return board.daemon.wait_rule("output-failed")["condition"]

        board.wait_state("off")
        board.order(f"fault gw {RELAY} no_effect")
        board.heat(45)
        board.wait_state("failed")
        board.daemon.wait_rule("output-failed")
        incident = board.daemon.wait_rule("hot")
        board.daemon.client("inspector").post(f"/api/v1/incidents/{incident['id']}/ack", {"note": "去看"})
        board.wait_state("off")
        assert board.output()["reason"] == "曾控制失败，尚未证实修复", board.output()
        assert fault() == "active"
        before = len(board.audit())
        board.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: sum("写入" in text for text in board.audit()[before:]) >= 2, 10, "it is made safe, and off")
        board.wait_state("off")
        assert fault() == "active"
        assert board.output()["reason"] == "曾控制失败，尚未证实修复", board.output()
        board.order(f"fault gw {RELAY} none")
        technician = board.daemon.client("technician")
        path = "/api/v1/devices/w3/siren/maintenance"
        until = (datetime.now().astimezone() + timedelta(hours=1)).isoformat(timespec="seconds")
        answer = technician.post(path, {"note": "换继电器", "until": until})
        assert answer.status == 200, answer.body
        assert fault() == "active"
        answer = technician.post(path, {"until": None})
        assert answer.status == 200, answer.body
        wait_until(lambda: fault() == "normal", 10, "the technician's word")
        wait_until(lambda: board.output()["reason"] == "", 5, "and so the page says")


def test_a_siren_proves_itself_after_a_restart(directory):
    with Board(directory) as board:
        board.wait_state("off")
        board.order(f"fault gw {RELAY} no_effect")
        board.heat(45)
        board.daemon.wait_rule("output-failed")
        board.daemon.kill()
        board.order(f"fault gw {RELAY} none")
        board.daemon.start()
        board.wait_coil(True)
        board.daemon.wait_incident(lambda each: each["rule"] == "output-failed" and each["condition"] == "normal",
                                  "it sounds")


def test_a_siren_whose_board_or_link_is_dead_is_an_incident(directory):
    with Board(directory) as board:
        board.wait_state("off")
        board.order(f"fault gw {RELAY} silent")
        board.wait_state("unknown", 30)  # its device is down
        board.heat(45)
        board.daemon.wait_rule("hot")
        incident = board.daemon.wait_rule("output-failed", 40)
        assert incident["condition"] == "active" and board.output()["reason"] != "", (incident, board.output())
        board.order(f"fault gw {RELAY} none")
        board.wait_coil(True, 40)
        board.daemon.wait_incident(lambda each: each["rule"] == "output-failed" and each["condition"] == "normal", "it sounds", 40)
        board.simulator.kill()
        board.daemon.wait_incident(lambda each: each["rule"] == "output-failed" and each["raised_count"] == 2, "its link is dead", 40)
        assert board.output()["reason"] == "控制板或链路没有应答，不能确认是否启动", board.output()


def test_screens_hear_of_a_siren_at_once(directory):
    with Board(directory) as board:
        board.wait_state("off")
        with Events(board.daemon.client("viewer")) as events:
            def hear(state):
                """The event of health behind which the output is so; there is one each 5 s anyhow."""
                health = events.wait("health", lambda health: board.output()["state"] == state)
                late = parse(health["time"]) - parse(board.output()["since"])
                assert late.total_seconds() < 1, (state, late)

            board.heat(45)
            hear("on")
            incident = board.daemon.wait_rule("hot")
            board.daemon.client("inspector").post(f"/api/v1/incidents/{incident['id']}/ack", {"note": "去看"})
            hear("off")


def test_a_relay_that_lost_its_power_comes_back_on(directory):
    with Board(directory) as board:
        board.heat(45)
        board.wait_state("on")
        board.order(f"fault gw {RELAY} silent")
        board.wait_state("unknown", 40)
        board.order(f"set gw {RELAY} 1 0 0")
        board.order(f"fault gw {RELAY} none")
        board.wait_coil(True, 60)


def test_a_stop_leaves_the_siren_in_its_safe_state(directory):
    with Board(directory) as board:
        board.heat(45)
        board.wait_coil(True)
        board.daemon.stop()
        assert not board.coil()
        assert f"站号{RELAY} 功能码5 地址0 值0x0000: 已应答" in board.audit()[-1], board.audit()


def test_a_reload_records_that_it_made_the_siren_safe(directory):
    with Board(directory) as board:
        board.heat(45)
        board.wait_state("on")
        before = len(board.audit())
        board.daemon.process.send_signal(signal.SIGHUP)

        def written():
            return [text.split()[-2] for text in board.audit()[before:] if "写入" in text]

        wait_until(lambda: written()[:1] == ["值0x0000:"], 10, "the siren is made safe")
        wait_until(lambda: written()[:2] == ["值0x0000:", "值0xFF00:"], 10, "the siren sounds again")


def test_a_lost_gateway_lets_a_pulsed_siren_fall_silent(directory):
    with Board(directory, pulse="2s") as board:
        board.heat(45)
        board.wait_coil(True)
        wait_until(lambda: len([text for text in board.audit() if "保持" in text]) >= 4, 10, "the pulse is renewed")
        assert board.coil()
        board.daemon.kill()
        board.wait_coil(False, 5)


def test_a_restart_says_again_what_shall_be(directory):
    with Board(directory) as board:
        board.heat(45)
        board.wait_coil(True)
        board.daemon.kill()
        board.order(f"set gw {RELAY} 1 0 0")
        board.daemon.start()
        board.wait_coil(True)


def test_what_is_not_listed_is_never_written(directory):
    with Board(directory, severity="critical", level="town") as board:
        board.heat(45)
        board.daemon.wait_rule("hot")
        board.wait_state("off")
        assert not board.coil()
        assert not any("0xFF00" in text for text in board.audit())


class ForgetfulBoard(TcpLiar):
    """A hot thermometer (unit 1) and a relay board (unit 2) that may lose its coils."""

    def __init__(self):
        super().__init__(None)
        self.coils = [0] * 8

    def play(self, send, request):
        id_, _, _, unit, function, address, word = struct.unpack(">HHHBBHH", request)
        if function == 5 and unit == 2:
            self.coils[address] = int(word == 0xFF00)
            send(request)
        elif function == 1:
            bits = sum(coil << i for i, coil in enumerate(self.coils)) >> address & ((1 << word) - 1)
            send(struct.pack(">HHHBBBB", id_, 0, 4, unit, 1, 1, bits))
        else:
            send(self.frame(request, 415))


def test_siren_whose_board_lost_power_is_not_said_to_sound(directory):
    with ForgetfulBoard() as board:
        config = town.config(board, town.THERMOMETER, rules=[town.hot_rule("critical")],
                             escalation={"settle": "0s", "group_wait": "0s"})
        site = config["sites"][0]
        site["devices"].append({"id": "siren", "link": "gw1", "unit": 2, "profile": "waveshare-relay-8ch",
                                "poll": "200ms"})
        site["outputs"] = [{"id": "horn", "device": "siren", "output": "relay0", "pulse": "0s"}]
        daemon = Daemon(directory, config, [town.THERMOMETER])
        daemon.start()
        try:
            def says():
                return daemon.get("/api/v1/outputs")[0]["state"]

            wait_until(lambda: says() == "on", 15, "the siren sounds")
            board.coils[0] = 0
            wait_until(lambda: board.coils[0] or says() != "on", 5,
                       "the siren sounds again, or is not said to (its coil is read each 200 ms)")
        finally:
            daemon.kill()
