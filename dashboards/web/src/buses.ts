// What the screens say of a bus and its devices, in words.
import type { Bus, Device, Point } from "./api";
import { now, points } from "./live";
import { parse, span, stamp } from "./time";
import { words } from "./zh";

const SHARE_MAX = 0.7; // what `huoyan check` warns above

export const pointsOf = (device: Device): Point[] => points.value.filter((point) => `${point.site}/${point.device}` === device.id);

/** The breaker in words, with the time of the next probe. */
export function breaker(bus: Bus, device: Device): string {
  if (!bus.up) {
    return words.devices.linkLost;
  }
  if (device.health !== "down" || device.probe_at === null) {
    return words.devices.breaker[device.health];
  }
  const left = parse(device.probe_at) - now.value;
  return left <= 0 ? words.devices.probeNow : words.devices.probe(span(left + 999));
}

/** 14:20:31 无应答，自 13:58:10 起 */
export function lastError(device: Device): string {
  if (device.error === null) {
    return words.nothing;
  }
  const what = words.devices.whenWhat(stamp(device.error.at, now.value), device.error.text);
  return device.error.since === null ? what : words.devices.since(what, stamp(device.error.since, now.value));
}

export const isOver = (bus: Bus): boolean => bus.share.asked !== null && bus.share.asked > SHARE_MAX;

export const isWell = (bus: Bus, device: Device): boolean =>
  device.maintenance === null && bus.up && device.health === "ok" && device.error?.since == null && pointsOf(device).every((point) => point.quality === "good");

export const busIsWell = (bus: Bus): boolean => bus.up && !isOver(bus) && bus.devices.every((device) => device.health === "ok");

/** Its state in a word or two; why it fell stands beside it as the last error. */
export function busNow(bus: Bus): string {
  if (bus.up) {
    return words.devices.up;
  }
  return bus.text === "" || bus.text === bus.error?.text ? words.devices.lost : bus.text;
}
