// slave.js KIND PORT REGISTERS - a Modbus server by npm: modbus-serial (Modbus TCP), jsmodbus (Modbus TCP) or
// jsmodbus-rtu (RTU over TCP). REGISTERS is a JSON list: holding and input registers from address 0, of all units.
// A line on standard input, JSON too, replaces them. Says "ready" when it listens.
"use strict";
const net = require("net");
const readline = require("readline");

const [kind, port, text] = process.argv.slice(2);
const host = "127.0.0.1";
const memory = Buffer.alloc(2 * JSON.parse(text).length);

function put(words) {
    words.forEach((word, i) => memory.writeUInt16BE(word, 2 * i));
}

function say() {
    console.log("ready");
}

const starters = {
    "modbus-serial": () => {
        const { ServerTCP } = require("modbus-serial");
        const read = (address) => {
            if (2 * address >= memory.length) {
                throw Object.assign(new Error("no such register"), { modbusErrorCode: 2 });
            }
            return memory.readUInt16BE(2 * address);
        };
        const server = new ServerTCP({ getHoldingRegister: read, getInputRegister: read }, { host, port: Number(port) });
        server.on("initialized", say);
        server.on("socketError", () => {}); // a gateway that leaves is no news
    },
    "jsmodbus": () => {
        const { server } = require("jsmodbus");
        const listener = net.createServer();
        new server.TCP(listener, { holding: memory, input: memory });
        listener.listen(Number(port), host, say);
    },
    "jsmodbus-rtu": () => {
        const { server } = require("jsmodbus");
        const listener = net.createServer((socket) => {
            socket.on("error", () => {});
            new server.RTU(socket, { holding: memory, input: memory });
        });
        listener.listen(Number(port), host, say);
    },
};

put(JSON.parse(text));
readline.createInterface({ input: process.stdin }).on("line", (line) => put(JSON.parse(line)));
starters[kind]();
