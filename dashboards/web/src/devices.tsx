// Which bus or device is ill, what did it say, what do I do about it?
import { useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Bus, Device, Severity } from "./api";
import { breaker, busIsWell, busNow, isOver, isWell, lastError, pointsOf } from "./buses";
import { BusDetail, DeviceDetail } from "./device";
import { buses, mayReadBuses, now, openIncidents, overview, refreshBuses, session } from "./live";
import { isAstray, outputsOf, stateOf } from "./outputs";
import { leastTrusted, Mark, To, trust, Warn } from "./parts";
import { moment, stamp } from "./time";
import { words } from "./zh";

/** The worst open incident about the silence of a device or a link: its mark stands for the trouble. */
function severityOf(bus: Bus, device?: Device): Severity | null {
  const found = openIncidents.value.find(
    (incident) =>
      (incident.rule === "link-down" && incident.point === bus.id) ||
      (device !== undefined && incident.rule === "sensor-silent" && incident.point.startsWith(`${device.id}/`)),
  );
  return found?.severity ?? null;
}

function Trouble({ isIll, isUnderRepair = false, severity }: { isIll: boolean; isUnderRepair?: boolean; severity: Severity | null }) {
  if (isUnderRepair) {
    return <i class="mark off">{words.devices.repair.mark}</i>;
  }
  if (!isIll) {
    return null;
  }
  return severity === null ? <Warn /> : <Mark severity={severity} />;
}

/** A cell that carries its heading along for narrow screens. */
function Cell({ head, children, kind = "" }: { head: string; children: ComponentChildren; kind?: string }) {
  return (
    <td data-head={head} class={kind}>
      {children}
    </td>
  );
}

function Heads({ heads, right }: { heads: string[]; right: string[] }) {
  return (
    <thead>
      <tr>
        {heads.map((head) => (
          <th key={head} scope="col" class={right.includes(head) ? "n" : ""}>
            {head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Share({ bus }: { bus: Bus }) {
  const { asked, measured } = bus.share;
  const shown = asked ?? measured;
  if (shown === null) {
    return <>{words.nothing}</>;
  }
  return (
    <>
      <progress max={1} value={Math.min(1, shown)} aria-label={words.devices.head.share} />
      {asked !== null && <span>{words.devices.percent(asked)}</span>}
      {isOver(bus) && <b>{words.devices.over}</b>}
      {measured !== null && <span class="soft">{words.devices.measured(words.devices.percent(measured))}</span>}
    </>
  );
}

/** The mean of its devices' shares of results that failed. */
function failures(bus: Bus): string {
  const known = bus.devices.flatMap((device) => (device.success === null ? [] : [1 - device.success]));
  return known.length === 0 ? words.nothing : words.devices.percent(known.reduce((sum, one) => sum + one, 0) / known.length);
}

function busError(bus: Bus): string {
  if (bus.error === null) {
    return words.nothing;
  }
  return words.devices.whenWhat(stamp(bus.error.at, now.value), bus.error.text);
}

function BusRow({ bus, isChosen }: { bus: Bus; isChosen: boolean }) {
  const head = words.devices.head;
  const online = bus.up ? bus.devices.filter((device) => device.health === "ok").length : 0;
  return (
    <tr class={`${busIsWell(bus) ? "" : "bad"} ${isChosen ? "chosen" : ""}`} data-bus={bus.id}>
      <td class="flag">
        <Trouble isIll={!busIsWell(bus)} severity={severityOf(bus)} />
      </td>
      <td class="name">
        <To href={`/devices/${bus.id}`}>{bus.id}</To>
      </td>
      <Cell head={head.type}>{words.devices.types[bus.type] ?? bus.type}</Cell>
      <Cell head={head.address}>
        {bus.address}
      </Cell>
      <Cell head={head.online} kind="n">
        {`${online}/${bus.devices.length}`}
      </Cell>
      <Cell head={head.share} kind="share">
        <Share bus={bus} />
      </Cell>
      <Cell head={head.failures} kind="n">
        {failures(bus)}
      </Cell>
      <Cell head={head.link}>
        {busNow(bus)}
      </Cell>
      <Cell head={head.error} kind="long">
        {busError(bus)}
      </Cell>
    </tr>
  );
}

function Buses({ all, chosen }: { all: Bus[]; chosen: string }) {
  const head = words.devices.head;
  return (
    <section class="panel">
      <h2>{words.devices.buses(all.length)}</h2>
      <table class="lines buses">
        <Heads heads={[head.mark, head.bus, head.type, head.address, head.online, head.share, head.failures, head.link, head.error]} right={[head.online, head.failures]} />
        <tbody>
          {all.map((bus) => (
            <BusRow key={bus.id} bus={bus} isChosen={bus.id === chosen} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const ms = (value: number | null): string => (value === null ? words.nothing : words.devices.ms(value));

function DeviceRow({ bus, device, isChosen }: { bus: Bus; device: Device; isChosen: boolean }) {
  const head = words.devices.head;
  const worst = leastTrusted(pointsOf(device));
  const site = overview.value?.sites.find((one) => device.id.startsWith(`${one.id}/`));
  const isIll = !isWell(bus, device) || outputsOf(device.id).some(isAstray);
  return (
    <tr class={`${isIll ? "bad" : ""} ${isChosen ? "chosen" : ""}`} data-device={device.id}>
      <td class="flag">
        <Trouble isIll={isIll} isUnderRepair={device.maintenance !== null} severity={severityOf(bus, device)} />
      </td>
      <td class="name">
        <To href={`/devices/${device.id}`}>{worst?.device_name ?? device.id}</To>
      </td>
      <Cell head={head.site}>{site?.name ?? device.id}</Cell>
      <Cell head={head.unit}>{words.devices.unit(bus.id, device.unit)}</Cell>
      <Cell head={head.model}>{device.profile}</Cell>
      <Cell head={head.breaker}>{breaker(bus, device)}</Cell>
      <Cell head={head.rtt} kind="n">
        {ms(device.answered_at === null ? null : device.rtt_ms)}
      </Cell>
      <Cell head={head.slowest} kind="n">
        {ms(device.rtt_max_ms)}
      </Cell>
      <Cell head={head.success} kind="n">
        {device.success === null ? words.nothing : words.devices.percent(device.success)}
      </Cell>
      <Cell head={head.quality}>
        {worst === undefined ? words.nothing : trust(worst)}
        {outputsOf(device.id).map((output) => (
          <span key={output.id} class={output.state === "on" || isAstray(output) ? "under strong" : "under soft"}>
            {words.outputs.named(output.name, stateOf(output))}
          </span>
        ))}
        {device.maintenance !== null && <b class="under">{words.devices.repair.until(moment(device.maintenance.until, now.value))}</b>}
      </Cell>
      <Cell head={head.error} kind="long">
        {lastError(device)}
      </Cell>
      <Cell head={head.bytes} kind="bytes">
        {device.blocks.map((block) => (
          <code key={block.name}>{block.reply === null || block.reply === "" ? words.nothing : block.reply}</code>
        ))}
      </Cell>
    </tr>
  );
}

function Devices({ all, chosen }: { all: Bus[]; chosen: string }) {
  const head = words.devices.head;
  const rows = all.flatMap((bus) => bus.devices.map((device) => ({ bus, device })));
  rows.sort((a, b) => Number(isWell(a.bus, a.device)) - Number(isWell(b.bus, b.device)));
  const heads = [head.mark, head.device, head.site, head.unit, head.model, head.breaker, head.rtt, head.slowest, head.success, head.quality, head.error, head.bytes];
  return (
    <section class="panel">
      <h2>
        {words.devices.devices(rows.length)}
        <small>{words.devices.illFirst}</small>
      </h2>
      {rows.length === 0 ? (
        <p class="soft">{words.devices.none}</p>
      ) : (
        <table class="lines machines">
          <Heads heads={heads} right={[head.rtt, head.slowest, head.success]} />
          <tbody>
            {rows.map(({ bus, device }) => (
              <DeviceRow key={device.id} bus={bus} device={device} isChosen={device.id === chosen} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Detail({ all, id }: { all: Bus[]; id: string }) {
  const bus = all.find((one) => one.id === id || one.devices.some((device) => device.id === id));
  if (bus === undefined) {
    return <p>{words.devices.missing(id)}</p>;
  }
  const device = bus.devices.find((one) => one.id === id);
  return device === undefined ? <BusDetail bus={bus} /> : <DeviceDetail bus={bus} device={device} />;
}

export function DevicesScreen({ id }: { id: string }) {
  const [why, setWhy] = useState("");
  const ask = () =>
    void refreshBuses().then(
      () => setWhy(""),
      (error: Error) => setWhy(error.message),
    );
  const isAllowed = mayReadBuses(session.value?.user?.role);
  // With each word about the gateway's health, and every 5 s without one.
  useSignalEffect(() => {
    if (overview.value !== null && isAllowed) {
      ask();
    }
  });
  useEffect(() => {
    const timer = isAllowed ? setInterval(ask, 5000) : undefined;
    return () => clearInterval(timer);
  }, [isAllowed]);
  const all = buses.value;
  if (!isAllowed) {
    return <p>{words.devices.forbidden}</p>;
  }
  if (all === null) {
    return <p class="soft">{why === "" ? words.loading : words.devices.failed(why)}</p>;
  }
  return (
    <div class="stack">
      {why !== "" && <p role="alert">{words.devices.failed(why)}</p>}
      {id !== "" && <Detail all={all} id={id} />}
      <Buses all={all} chosen={id} />
      <Devices all={all} chosen={id} />
    </div>
  );
}
