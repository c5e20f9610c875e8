// run.mjs --binary FILE [--keep DIR] : drives the dashboard of `huoyan demo` in headless Chromium as a person would.
// Screenshots are left in build/screens (or DIR). Prints ok / not ok a test and ends with N passed, N failed.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { audit } from "./audit.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const { chromium } = createRequire(join(root, "dashboards/web/package.json"))("playwright-core");
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const binary = resolve(option("--binary", join(root, "build/release/huoyan")));
const screens = resolve(option("--keep", join(root, "build/screens")));
mkdirSync(screens, { recursive: true });

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Waits until `look` gives something, or says what was awaited. */
async function until(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) {
      return seen;
    }
    if (Date.now() > end) {
      throw new Error(`did not come in ${seconds} s: ${what}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

function check(holds, sentence) {
  if (!holds) {
    throw new Error(sentence);
  }
}

const port = await freePort();
const demo = spawn(binary, ["demo", "--port", String(port)], { stdio: ["ignore", "pipe", "pipe"] });
let said = "";
demo.stdout.on("data", (bytes) => (said += bytes));
demo.stderr.on("data", (bytes) => (said += bytes));
const home = `http://127.0.0.1:${port}/`;
await until("the demo's address", () => said.includes(home.slice(0, -1)) || demo.exitCode !== null);
check(demo.exitCode === null, `the demo ended: ${said}`);

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
// The browser's zone is not the site's: times must be the site's all the same.
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", timezoneId: "America/New_York" });
const page = await context.newPage();
const troubles = [];
const hosts = new Set();
page.on("pageerror", (error) => troubles.push(error.message));
page.on("request", (request) => hosts.add(new URL(request.url()).host));

const sizes = [
  ["1280", 1280, 800],
  ["1920", 1920, 1080],
  ["360", 360, 640],
];

/** A picture at each width, and what a careful eye would find wrong in it. */
async function look(name) {
  const wrong = [];
  for (const [label, width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await page.waitForFunction(() => document.fonts.status === "loaded");
    await page.screenshot({ path: join(screens, `${name}-${label}.png`), fullPage: true });
    wrong.push(...(await page.evaluate(audit)).map((fault) => `${name} at ${label}: ${fault}`));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  check(wrong.length === 0, wrong.slice(0, 12).join("\n  "));
}

const simulator = () => Number(/模拟进程 (\d+)/.exec(said)[1]);
const row = (device) => page.locator(`[data-device="${device}"]`);
/** A machine that is busy with other things may lose a reply: what is well is so again within `seconds`. */
const allWell = (seconds) =>
  until("six devices and all of them well", async () => (await page.locator("[data-device]").count()) === 6 && (await page.locator("tr.bad").count()) === 0, seconds);
const siren = () => page.locator('[data-output="w3/siren"]');
const value = (point) => page.locator(`[data-point="${point}"]`).textContent();

const tests = {
  async the_login_page_refuses_a_wrong_password_and_takes_the_right_one() {
    await page.goto(home);
    await page.fill("input[name=user]", "demo");
    await page.fill("input[name=password]", "wrong-password");
    await page.click("button.main");
    await page.waitForSelector("[role=alert]");
    await look("login");
    await page.fill("input[name=password]", "demo");
    await page.click("button.main");
    await page.waitForSelector(".tile");
  },
  async the_calm_overview_shows_every_site() {
    await until("four tiles", async () => (await page.locator(".tile").count()) === 4);
    await until("values in all of them", async () => !(await page.locator(".tiles").allTextContents()).join().includes("——") && (await page.locator(".health .bad, .tile.lost").count()) === 0);
    await look("overview-calm");
  },
  async chinese_is_drawn_with_a_font_that_has_it() {
    const session = await context.newCDPSession(page);
    await session.send("DOM.enable");
    await session.send("CSS.enable");
    const { root: document } = await session.send("DOM.getDocument", { depth: -1 });
    const { nodeId } = await session.send("DOM.querySelector", { nodeId: document.nodeId, selector: ".brand" });
    const { fonts } = await session.send("CSS.getPlatformFontsForNode", { nodeId });
    check(fonts.length > 0 && fonts.every((font) => font.glyphCount > 0 && !/last ?resort|tofu/i.test(font.familyName)), `fonts: ${JSON.stringify(fonts)}`);
    check(fonts.some((font) => /WenQuanYi|Noto|Han|Droid|CJK/i.test(font.familyName)), `no CJK font among ${JSON.stringify(fonts)}`);
  },
  async a_value_changes_without_reload() {
    await page.evaluate(() => {
      window.stayed = true;
    });
    await page.click('.tile[href="/site/w3"]');
    await page.waitForSelector('[data-point="w3/th1/temperature"]');
    const before = await value("w3/th1/temperature");
    await until("another temperature", async () => (await value("w3/th1/temperature")) !== before, 20);
    check(await page.evaluate(() => window.stayed === true), "the page was reloaded");
  },
  async the_clock_is_the_sites_and_not_the_browsers() {
    const shown = await page.locator(".clock").textContent();
    const shanghai = new Date(Date.now() + 8 * 3600_000).toISOString().slice(11, 16);
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
    check(Math.abs(minutes(shown) - minutes(shanghai)) <= 1, `${shown} is not ${shanghai}`);
  },
  async a_curve_of_the_site_has_its_limit_drawn_in() {
    await page.waitForSelector(".chart canvas");
    await until("the alarm on the site's value", async () => (await page.locator(".values .hit").count()) > 0, 60);
    await until("the siren sounds", async () => /^警笛 正在鸣响\d+ 秒$/.test(await siren().textContent()), 5);
    check((await page.locator(".outputs .on.p1 .horn").count()) === 1, "no shape and colour beside the words");
    await look("site");
  },
  async an_open_incident_stands_in_the_rail_and_its_tile_is_filled() {
    await page.click('nav a[href="/"]');
    await page.waitForSelector(".card.open");
    await page.waitForSelector(".tile.open");
    await look("overview-alarm");
  },
  async an_inspector_acknowledges_the_incident() {
    await page.click(".card.open");
    await page.waitForSelector('[data-verb="ack"]');
    await look("incident-open");
    await page.fill("textarea", "已电话通知三组");
    await page.click('[data-verb="ack"]');
    await until("the state 已确认", async () => (await page.locator("h1 .word").textContent()) === "已确认");
    await look("incident-acked");
    await page.click('nav a[href="/site"]');
    await page.click('a[href="/site/w3"]');
    await until("the siren silent", async () => (await siren().textContent()) === "警笛 未启动", 5);
    check((await page.locator(".outputs .on").count()) === 0, "a silent siren in colour");
    await page.click('nav a[href="/"]');
    await until("nobody is asked any more", async () => (await page.locator(".card.open").count()) === 0);
    await look("overview-acked");
  },
  async the_list_names_it_too() {
    await page.click('nav a[href="/incidents"]');
    await page.waitForSelector("tbody tr");
    await look("incidents");
  },
  async the_devices_page_shows_every_bus_and_device_well() {
    await page.click('nav a[href="/devices"]');
    await page.waitForSelector("[data-bus]");
    check((await page.locator("[data-bus]").count()) === 3, "not three buses");
    check((await page.locator("[data-device]").count()) === 6, "not six devices");
    await allWell(20);
    const words = await row("w3/gap1").textContent();
    check(["bus1 / 3", "dyp-a02-rs485", "闭合", "良好", " %"].every((word) => words.includes(word)), words);
    check((await page.locator('[data-bus="bus1"]').textContent()).includes("串口 RTU"), "the type of bus1");
    const radio = await page.locator('[data-bus="lake"]').textContent();
    check(radio.includes("DTU 拨入") && radio.includes("LAKE:01"), radio);
    check((await row("w3/relay1").textContent()).includes("警笛 未启动"), "the siren at its relay board");
    await look("devices-calm");
  },
  async a_relay_board_tells_what_is_wanted_and_what_reads_back() {
    await page.goto(`${home}devices/w3/relay1`);
    await page.waitForSelector('[data-detail="w3/relay1"]');
    await until("the siren in words", async () => /要求 关，读回 关，自 [\d:]+ 起/.test(await page.locator("[data-detail]").textContent()));
    check(/第1路继电器断开/.test(await page.locator("[data-detail]").textContent()), "the relay is no number");
    await look("device-relay");
  },
  async a_device_shows_its_raw_bytes_under_an_address_of_its_own() {
    await page.goto(`${home}devices/w3/gap1`);
    await page.waitForSelector('[data-detail="w3/gap1"]');
    const bytes = await page.locator("[data-detail] code").allTextContents();
    check(bytes[0] === "03 03 01 01 00 01 D5 D4" && /^03 03 02( [0-9A-F]{2}){4}$/.test(bytes[1]), bytes.join(" / "));
    await look("device");
    await page.click('[data-bus="bus1"] a');
    await until("the counters of the bus", async () => (await page.locator('[data-detail="bus1"]').count()) > 0);
    check(/良好应答 [1-9]/.test(await page.locator("[data-detail]").textContent()), "no replies counted");
    await look("bus");
  },
  async a_technician_takes_a_device_out_for_repair_and_back() {
    await page.goto(`${home}devices/w3/gap1`);
    await page.waitForSelector(".repair input");
    check(await page.locator('[data-hours="4"]').isDisabled(), "a repair without a reason");
    await page.fill(".repair input", "更换电缆");
    await page.click('[data-hours="4"]');
    await until("the repair in words", async () => /起，至 .*：更换电缆/.test(await page.locator("[data-detail]").textContent()));
    check((await row("w3/gap1").textContent()).includes("检修至"), "the row does not say it");
    check((await row("w3/gap1").locator(".mark.off").count()) === 1, "no mark for the repair");
    await look("device-repair");
    await page.click('[data-hours="0"]');
    await until("its end", async () => (await page.locator("[data-detail]").textContent()).includes("不在检修中"));
    await allWell(20);
  },
  async a_hung_sensor_is_told_within_seconds_and_comes_back() {
    await page.goto(`${home}devices`);
    await page.waitForSelector("[data-bus]");
    process.kill(simulator(), "SIGSTOP");
    try {
      await until("无应答 on the devices page", async () => (await row("w3/gap1").textContent()).includes("无应答"), 10);
      // All of its neighbours hang too: that is the bus, and nobody knows how the device is.
      await until("its state unknown", async () => (await row("w3/gap1").textContent()).includes("不明，总线中断"), 40);
      check((await row("w3/gap1").locator(".mark").count()) === 1, "no mark beside what is ill");
      await look("devices-ill");
      await page.click('[data-device="w3/gap1"] a');
      await until("what to do", async () => (await page.locator("[data-detail]").textContent()).includes("怎么办"));
      await look("device-ill");
      await page.click('nav a[href="/site"]');
      await page.click('a[href="/site/w3"]');
      await until("the reason on the site's page", async () => /无应答|链路中断/.test(await page.locator(".values").textContent()));
      await look("site-lost");
    } finally {
      process.kill(simulator(), "SIGCONT");
    }
    await page.click('nav a[href="/devices"]');
    await allWell(60);
    check((await row("w3/gap1").textContent()).includes("无应答"), "the last error is forgotten");
    await look("devices-back");
  },
  async killed_sensors_are_told_on_the_dashboard() {
    await page.click('nav a[href="/"]');
    process.kill(simulator(), "SIGKILL");
    await until("bad health in the strip", async () => (await page.locator(".health .bad").count()) > 0);
    await until("a lost tile", async () => (await page.locator(".tile.lost").count()) > 0, 100);
    await look("overview-lost");
    await page.click('nav a[href="/devices"]');
    await until("nobody knows of the siren", async () => (await row("w3/relay1").textContent()).includes("警笛 状态不明"));
    await until("the bus named as lost", async () => /中断|拒绝|等待/.test(await page.locator('[data-bus="gw1"].bad').textContent()));
    await look("devices-lost");
  },
  async nothing_came_from_another_host_and_no_script_failed() {
    check([...hosts].every((host) => host === `127.0.0.1:${port}`), `hosts: ${[...hosts].join(" ")}`);
    check(troubles.length === 0, troubles.join("\n"));
  },
  async a_gateway_that_stops_is_told_too() {
    demo.kill("SIGTERM");
    await page.waitForSelector(".stale");
    await until("the end of the demo", () => demo.exitCode !== null, 6);
    check(demo.exitCode === 0, `exit code ${demo.exitCode}`);
  },
};

let passed = 0;
let failed = 0;
for (const [name, run] of Object.entries(tests)) {
  try {
    await run();
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}\n  ${error.message}`);
    await page.screenshot({ path: join(screens, `failed-${name}.png`) }).catch(() => undefined);
  }
}
await browser.close();
if (demo.exitCode === null) {
  demo.kill("SIGKILL");
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
