#!/usr/bin/python3
"""A GSM modem without a network: AT commands in PDU mode on a pseudo terminal (3GPP TS 27.005, 23.040).

    fakemodem.py LINK CONTROL LOG

LINK becomes a symbolic link to the terminal that smsd opens. Every SMS that is sent is appended to LOG as a line of
JSON. CONTROL is a unix datagram socket that takes JSON orders:

    {"do": "inbound", "from": "+8613800138000", "text": "1"}   a text arrives
    {"do": "fail", "count": 3, "error": "+CMS ERROR: 38"}      the next sends are refused
    {"do": "mute", "on": true}                                 the modem answers nothing
    {"do": "report", "status": 0}                              status of the reports to come; null: none
"""
import errno
import json
import os
import pty
import re
import select
import socket
import sys
import time
import tty

CTRL_Z, ESCAPE = b"\x1a", b"\x1b"


def swapped(digits):
    """Semi-octets: pairs of digits in exchanged order, padded with F."""
    digits += "F" * (len(digits) % 2)
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))


def address(number):
    kind = "91" if number.startswith("+") else "81"
    digits = number.lstrip("+")
    return f"{len(digits):02X}{kind}{swapped(digits)}"


def time_stamp():
    return swapped(time.strftime("%y%m%d%H%M%S", time.gmtime())) + "00"


def deliver_pdu(number, text):
    body = text.encode("utf-16-be")
    return f"0004{address(number)}0008{time_stamp()}{len(body):02X}{body.hex().upper()}"


def report_pdu(reference, number, status):
    return f"0006{reference:02X}{address(number)}{time_stamp()}{time_stamp()}{status:02X}"


def read_submit(pdu):
    """The parts of an SMS-SUBMIT that tests ask for."""
    data = bytes.fromhex(pdu)
    at = data[0] + 1
    first, at = data[at], at + 2
    digits, kind = data[at], data[at + 1]
    size = (digits + 1) // 2
    number = swapped(data[at + 2:at + 2 + size].hex())[:digits]
    at += 2 + size
    coding = data[at + 1]
    at += 2 + {0: 0, 1: 7, 2: 1, 3: 7}[first >> 3 & 3]
    length, body = data[at], data[at + 1:]
    header = body[0] + 1 if first & 0x40 else 0
    is_ucs2 = coding & 0x0C == 0x08
    text = body[header:length].decode("utf-16-be") if is_ucs2 else body.hex()
    return {"to": ("+" if kind == 0x91 else "") + number, "ucs2": is_ucs2, "text": text,
            "wants_report": bool(first & 0x20)}


class Modem:
    def __init__(self, link, control, log):
        self.terminal, self.slave = pty.openpty()
        tty.setraw(self.slave)
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.ttyname(self.slave), link)
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.control.bind(control)
        self.log = log
        self.stored = {}  # index on the card -> PDU
        self.next_index = 1
        self.reference = 0
        self.failures, self.error = 0, ""
        self.is_mute = False
        self.has_echo = True
        self.report_status = 0
        self.pending = b""
        self.wants_pdu = False

    def store(self, pdu):
        self.stored[self.next_index] = pdu
        self.next_index += 1

    def say(self, text):
        if not self.is_mute:
            os.write(self.terminal, text.encode())

    def say_ok(self, text=""):
        self.say((f"\r\n{text}\r\n" if text else "") + "\r\nOK\r\n")

    def obey(self, order):
        if order["do"] == "inbound":
            self.store(deliver_pdu(order["from"], order["text"]))
        elif order["do"] == "fail":
            self.failures, self.error = order["count"], order["error"]
        elif order["do"] == "mute":
            self.is_mute = order["on"]
        elif order["do"] == "report":
            self.report_status = order["status"]

    def list_stored(self):
        rows = [f"+CMGL: {index},0,,{len(pdu) // 2 - 1}\r\n{pdu}"
                for index, pdu in sorted(self.stored.items())]
        self.say_ok("\r\n".join(rows))

    def read_stored(self, index):
        pdu = self.stored.get(index)
        if pdu is None:
            self.say("\r\n+CMS ERROR: 321\r\n")
        else:
            self.say_ok(f"+CMGR: 0,,{len(pdu) // 2 - 1}\r\n{pdu}")

    def command(self, line):
        fixed = {"AT+CPIN?": "+CPIN: READY", "AT+CSQ": "+CSQ: 21,99", "AT+CREG?": "+CREG: 0,1",
                 "AT+CGMI": "Fake", "AT+CGMM": "PTY", "AT+CIMI": "460001234567890",
                 "AT+CGSN": "356938035643809"}
        if self.has_echo:
            self.say(line + "\r")
        upper = line.upper()
        if "E0" in upper[:6]:
            self.has_echo = False
        if upper.startswith("AT+CMGS="):
            self.wants_pdu = True
            self.say("\r\n> ")
        elif upper.startswith("AT+CPMS"):
            used = f"{len(self.stored)},30"
            self.say_ok(f'+CPMS: "SM",{used},"SM",{used},"SM",{used}' if "?" in upper
                        else f"+CPMS: {used},{used},{used}")
        elif upper.startswith("AT+CMGL"):
            self.list_stored()
        elif upper.startswith("AT+CMGR="):
            self.read_stored(int(upper.split("=")[1]))
        elif upper.startswith("AT+CMGD="):
            self.stored.pop(int(re.split("[=,]", upper)[1]), None)
            self.say_ok()
        else:
            self.say_ok(fixed.get(upper, ""))

    def send(self, pdu):
        message = read_submit(pdu)
        message["at"] = time.time()
        message["ok"] = self.failures == 0
        if self.failures > 0:
            self.failures -= 1
            self.say(f"\r\n{self.error}\r\n")
        else:
            self.reference = (self.reference + 1) % 256
            self.say_ok(f"+CMGS: {self.reference}")
            if message["wants_report"] and self.report_status is not None:
                self.store(report_pdu(self.reference, message["to"], self.report_status))
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(json.dumps(message, ensure_ascii=False) + "\n")

    def take_pdu(self):
        """Takes one PDU, or its refusal, from what has come. False: not whole yet."""
        end, escape = self.pending.find(CTRL_Z), self.pending.find(ESCAPE)
        if escape >= 0 and (end < 0 or escape < end):
            self.pending = self.pending[escape + 1:]
            self.wants_pdu = False
            self.say_ok()
            return True
        if end < 0:
            return False
        pdu, self.pending = self.pending[:end].decode().strip(), self.pending[end + 1:]
        self.wants_pdu = False
        self.send(pdu)
        return True

    def take_line(self):
        line, mark, rest = self.pending.partition(b"\r")
        if not mark:
            return False
        self.pending = rest
        text = line.decode("latin1").strip(" \r\n\x1a\x1b")
        if text:
            self.command(text)
        return True

    def read_terminal(self):
        try:
            self.pending += os.read(self.terminal, 4096)
        except OSError as error:
            if error.errno != errno.EIO:  # EIO: nobody has the other end open
                raise
            time.sleep(0.05)
        while self.take_pdu() if self.wants_pdu else self.take_line():
            pass

    def run(self):
        while True:
            ready, _, _ = select.select([self.terminal, self.control], [], [])
            if self.control in ready:
                self.obey(json.loads(self.control.recv(65536)))
            if self.terminal in ready:
                self.read_terminal()


if __name__ == "__main__":
    Modem(*sys.argv[1:4]).run()
