// Times are shown in the site's zone, whatever the browser's is: the gateway's ISO times carry the offset.
import { words } from "./zh";

let offset = 8 * 3600_000;

/** Takes the zone from an ISO time of the gateway. */
export function setZone(iso: string): void {
  const found = /([+-])(\d\d):(\d\d)$/.exec(iso);
  if (found) {
    offset = (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60_000;
  }
}

export const zoneOffset = (): number => offset;

export const parse = (iso: string): number => Date.parse(iso);

const local = (at: number): Date => new Date(at + offset);
const two = (n: number): string => String(n).padStart(2, "0");

export const clock = (at: number): string => {
  const t = local(at);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;
};

export const date = (at: number): string => {
  const t = local(at);
  return words.date(t.getUTCMonth() + 1, t.getUTCDate(), t.getUTCDay());
};

const dayOf = (at: number): number => Math.floor((at + offset) / 86_400_000);

export const isSameDay = (a: number, b: number): boolean => dayOf(a) === dayOf(b);

/** 14:05 today, 昨日 14:05, 7月1日 14:05. */
export function moment(iso: string | null, now: number): string {
  if (iso === null) {
    return words.nothing;
  }
  const at = parse(iso);
  const t = local(at);
  const time = `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
  const days = dayOf(now) - dayOf(at);
  if (days === 0) {
    return time;
  }
  return days === 1 ? words.yesterday(time) : words.onDay(t.getUTCMonth() + 1, t.getUTCDate(), time);
}

/** The same to the second: 14:05:07, 昨日 14:05:07. */
export function stamp(iso: string, now: number): string {
  const seconds = `:${two(local(parse(iso)).getUTCSeconds())}`;
  return moment(iso, now) + seconds;
}

/** A span in words, never negative. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) {
    return words.span.seconds(s);
  }
  if (s < 3600) {
    return words.span.minutes(Math.floor(s / 60), s % 60);
  }
  if (s < 86_400) {
    return words.span.hours(Math.floor(s / 3600), Math.floor(s / 60) % 60);
  }
  return words.span.days(Math.floor(s / 86_400), Math.floor(s / 3600) % 24);
}

/** A countdown: 1:42, and words above an hour. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : span(ms);
}
