// modbus_loop.js PORT LINKS REGISTERS - npm modbus-serial asking over so many connections as fast as it can, values
// thrown away; until it is killed.
const ModbusRTU = require('modbus-serial');

const [port, links, registers] = process.argv.slice(2).map(Number);

async function poll() {
  const client = new ModbusRTU();
  await client.connectTCP('127.0.0.1', { port });
  client.setID(1);
  client.setTimeout(5000);
  for (;;) await client.readHoldingRegisters(0, registers);
}

for (let i = 0; i < links; i++) poll().catch((error) => { console.error(error); process.exit(3); });
