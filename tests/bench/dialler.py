#!/usr/bin/python3
"""dialler.py PORT COUNT RECONNECTS SECONDS - radios that dial in, each with a Modbus RTU device of its own behind it.

Radio i comes from an address of its own, says DTU followed by its number in five digits (in one piece, in two, or some
time after connecting) and answers reads of unit 1 with its code: the words i and 60000 - i. So a value that reached
the wrong one shows. Each says "ping" now and then, and sometimes glued to the front of a reply.

Prints {} once all have been asked. After a line on standard input it has radios reconnect, so many in so many seconds, evenly:
by hanging up, by a reset, or by dialling in anew while the old connection stays open, which then says a reply that is
out of date. Then prints {"reconnects", "answered", "refused"} and goes on until its input ends."""
import asyncio
import json
import random
import socket
import struct
import sys

STALE = 65000  # never a code
ASKED_WITHIN = 120  # seconds until a daemon has asked every radio once
chance = random.Random(7)


def crc_of(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


def reply_of(request, words):
    count = struct.unpack(">H", request[4:6])[0]
    body = bytes((request[0], request[1], 2 * count)) + struct.pack(f">{count}H", *words[:count])
    return body + crc_of(body)


class Radio:
    def __init__(self, index, port):
        self.index, self.port = index, port
        self.address = f"127.2.{index // 250}.{index % 250 + 1}"
        self.writer, self.task, self.request = None, None, None
        self.asked = self.answered = self.refused = 0

    async def dial(self):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))
                break
            except OSError:
                self.refused += 1
                await asyncio.sleep(1)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        name = f"DTU{self.index:05d}".encode()
        manner = chance.random()
        if manner < 0.2:
            await asyncio.sleep(chance.uniform(0, 0.3))
        cut = chance.randint(1, len(name) - 1) if manner > 0.8 else len(name)
        writer.write(name[:cut])
        if cut < len(name):
            await asyncio.sleep(0.02)
            writer.write(name[cut:])
        self.writer = writer
        self.task = asyncio.ensure_future(self.serve(reader, writer))

    async def serve(self, reader, writer):
        try:
            while True:
                request = await reader.readexactly(8)
                if request[:2] != b"\x01\x03" or crc_of(request[:6]) != request[6:]:
                    continue
                self.asked += 1
                self.request = request
                await asyncio.sleep(chance.uniform(0.02, 0.3))
                if self.writer is not writer:
                    return  # a newer connection has taken over: this one keeps silent
                front = b"ping" if chance.random() < 0.1 else b""
                writer.write(front + reply_of(request, (self.index, 60000 - self.index)))
                self.answered += 1
        except (asyncio.IncompleteReadError, OSError):
            pass

    async def keep_alive(self):
        while True:
            await asyncio.sleep(chance.uniform(10, 30))
            if self.writer is not None and not self.writer.is_closing():
                self.writer.write(b"ping")

    async def reconnect(self):
        old, manner = self.writer, chance.choice(("hang up", "reset", "take over"))
        if manner == "take over":
            await self.dial()
            await asyncio.sleep(chance.uniform(0.1, 1))
            if self.request is not None and not old.is_closing():
                old.write(reply_of(self.request, (STALE, STALE)))
            await asyncio.sleep(5)
            old.close()
            return
        if manner == "reset":
            old.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        old.close()
        self.task.cancel()
        await asyncio.sleep(chance.uniform(0.05, 1))
        await self.dial()


async def reconnect_all(radios, count, seconds):
    """Evenly over the time, each radio as often as the others."""
    clock = asyncio.get_running_loop()
    start = clock.time()
    order = chance.sample(radios, len(radios))
    under_way = []
    for k in range(count):
        await asyncio.sleep(max(0, start + k * seconds / count - clock.time()))
        under_way.append(asyncio.ensure_future(order[k % len(order)].reconnect()))
    await asyncio.gather(*under_way)


def say(**what):
    print(json.dumps(what), flush=True)


async def all_answered(radios):
    while not all(radio.answered for radio in radios):
        await asyncio.sleep(0.1)


async def main():
    port, count, reconnects, seconds = (int(word) for word in sys.argv[1:5])
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    radios = [Radio(index, port) for index in range(count)]
    keepers = []
    for first in range(0, count, 50):
        await asyncio.gather(*(radio.dial() for radio in radios[first:first + 50]))
    for radio in radios:
        keepers.append(asyncio.ensure_future(radio.keep_alive()))
    try:
        await asyncio.wait_for(all_answered(radios), ASKED_WITHIN)
    except asyncio.TimeoutError:
        silent = [radio.index for radio in radios if not radio.answered]
        sys.exit(f"dialler: {len(silent)} of {count} radios were not asked within {ASKED_WITHIN} s, the first is {silent[0]}")
    say()
    await lines.readline()
    before = sum(radio.answered for radio in radios)
    await reconnect_all(radios, reconnects, seconds)
    say(reconnects=reconnects, answered=sum(radio.answered for radio in radios) - before, refused=sum(radio.refused for radio in radios))
    while await lines.readline():
        pass


if __name__ == "__main__":
    asyncio.run(main())
