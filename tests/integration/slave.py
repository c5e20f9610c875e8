#!/usr/bin/python3
"""A Modbus TCP slave by pymodbus 3.0, or one of RTU over TCP.   slave.py [--rtu] PORT REGISTERS

REGISTERS is a JSON list: the holding and input registers of units 1 and 2 from address 0. A line on standard input,
JSON too, replaces them: [0, 215, 482]. Register 100 counts how often it was read, so that each reading is another.
"""
import asyncio
import json
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

SIZE = 200
COUNTER = 100


class Block(ModbusSequentialDataBlock):
    def getValues(self, address, count=1):
        if address <= COUNTER < address + count:
            self.values[COUNTER] = (self.values[COUNTER] + 1) % 65536
        return super().getValues(address, count)


def slave(registers):
    def block():
        return Block(0, registers + [0] * (SIZE - len(registers)))

    return ModbusSlaveContext(hr=block(), ir=block(), zero_mode=True)


async def follow_input(context):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        for unit in (1, 2):
            for function in (3, 4):
                context[unit].setValues(function, 0, json.loads(line))


async def main():
    framer = ModbusRtuFramer if sys.argv[1] == "--rtu" else ModbusSocketFramer
    port, registers = int(sys.argv[-2]), json.loads(sys.argv[-1])
    context = ModbusServerContext(slaves={1: slave(registers), 2: slave(registers)}, single=False)
    follower = asyncio.create_task(follow_input(context))
    await StartAsyncTcpServer(context=context, framer=framer, address=("127.0.0.1", port),
                              allow_reuse_address=True, backlog=1024)
    await follower


if __name__ == "__main__":
    asyncio.run(main())
