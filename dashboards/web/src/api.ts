// What the gateway says (gateway/io/web/API.md), typed, and how it is asked.

export type Severity = "critical" | "major" | "minor" | "notice";
export type Condition = "normal" | "active" | "unknown";
export type IncidentState = "open" | "acked" | "rectifying" | "reinspect" | "false_claim" | "closed";
export type Quality = "good" | "uncertain" | "bad" | "no_answer";
export type Verb = "ack" | "arrive" | "rectify" | "reinspect" | "close" | "comment";

export interface User {
  name: string;
  role: string;
  person: string | null;
}

export interface Gateway {
  id: string;
  name: string;
  version: string;
  time?: string;
  timezone?: string;
}

export interface Session {
  user: User | null;
  has_users: boolean;
  demo: boolean;
  gateway: Gateway;
  language: string;
}

export interface Limit {
  rule: string;
  name: string;
  severity: Severity;
  value: number;
  upper: boolean;
}

export interface PointValue {
  id: string;
  value: number | null;
  quality: Quality;
  reason: string;
  at: string | null;
  good_at: string | null;
  state: Condition;
}

export interface Point extends PointValue {
  site: string;
  device: string;
  device_name: string;
  name: string;
  key: string;
  quantity: string;
  quantity_text: string;
  unit: string;
  unit_text: string;
  decimals: number;
  poll_ms: number;
  limits: Limit[];
}

export interface Entry {
  at: string;
  event: string;
  event_text: string;
  actor: string;
  channel: string;
  to: string;
  level: string;
  text: string;
}

export interface Member {
  level: string;
  level_text: string;
  person: string;
  name: string;
  told: boolean;
}

export interface Incident {
  id: number;
  code: string | null;
  rule: string;
  rule_name: string;
  point: string;
  site: string;
  place: string;
  subject: string;
  severity: Severity;
  severity_text: string;
  condition: Condition;
  state: IncidentState;
  state_text: string;
  level: string;
  opened_at: string;
  active_since: string | null;
  acked_at: string | null;
  acked_by: string | null;
  cleared_at: string | null;
  closed_at: string | null;
  escalate_at: string | null;
  repeat_at: string | null;
  next_level: string | null;
  value: number | null;
  peak: number | null;
  limit: number | null;
  upper: boolean;
  unit_text: string;
  raised_count: number;
  chain: Member[];
  may: Verb[];
  timeline: Entry[];
}

export interface Site {
  id: string;
  name: string;
  kind: string;
  kind_text: string;
  area: string;
  state: Condition;
  severity: Severity | null;
  acked: boolean;
  lost: boolean;
  incident: number | null;
  text: string;
}

export interface Part {
  part: "link" | "store" | "state" | "history" | "sms" | "output";
  id: string;
  ok: boolean;
  text: string;
  since: string | null;
}

export interface Store {
  id: string;
  ok: boolean;
  text: string;
  backlog: number;
}

export interface Link {
  id: string;
  type: string;
  up: boolean;
  text: string;
  since: string | null;
}

export type Health = "ok" | "suspect" | "down";

/** One read of a device's profile, and what came back the last time. */
export interface Block {
  name: string;
  function: number;
  address: number;
  count: number;
  at: string | null;
  request: string;
  reply: string | null;
  bytes: number;
  words: number[] | null;
}

/** Under repair: nothing of the device opens an incident. */
export interface Maintenance {
  since: string;
  until: string;
  by: string;
  note: string;
}

export interface Device {
  id: string;
  unit: number;
  profile: string;
  poll_ms: number;
  health: Health;
  probe_at: string | null;
  rtt_ms: number | null;
  rtt_mean_ms: number | null;
  rtt_max_ms: number | null;
  retries: number;
  success: number | null;
  answered_at: string | null;
  reason: string;
  error: { at: string; since: string | null; kind: string; exception: number; text: string } | null;
  maintenance: Maintenance | null;
  blocks: Block[];
}

/** A link with all that a technician may ask; Link is its short form. */
export interface Bus {
  id: string;
  type: string;
  up: boolean;
  address: string;
  text: string;
  error: { at: string; text: string } | null;
  share: { asked: number | null; measured: number | null };
  counters: Record<string, number>;
  devices: Device[];
}

/** A siren, a beacon: what is wanted of it, and what reads back. */
export interface Output {
  id: string;
  site: string;
  name: string;
  device: string;
  output: string;
  wanted: boolean;
  state: "unknown" | "off" | "on" | "failed";
  state_text: string;
  reason: string;
  since: string | null;
}

export interface Area {
  id: string;
  name: string;
  level: string;
  parent: string | null;
  duty: string[];
}

export interface Counts {
  open: number;
  unacked: number;
  sites: number;
  devices: number;
  devices_ok: number;
  points: number;
  points_good: number;
}

export interface Overview {
  gateway: Gateway;
  user: User;
  counts: Counts;
  levels: { id: string; name: string }[];
  areas: Area[];
  sites: Site[];
  links: Link[];
  stores: Store[];
  parts: Part[];
}

export interface Bucket {
  at: string;
  min: number;
  max: number;
  mean: number;
  samples: number;
  missing: number;
}

export interface Curve {
  point: string;
  from: string;
  to: string;
  buckets: Bucket[];
}

export interface HealthEvent {
  time: string;
  counts: Counts;
  parts: Part[];
  stores: Store[];
}

/** The gateway said no: the status and its sentence. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(path, { credentials: "same-origin", ...init });
  const text = await answer.text();
  let body: unknown = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    throw new Refusal(answer.status, text.slice(0, 200));
  }
  if (!answer.ok) {
    throw new Refusal(answer.status, (body as { error?: string } | null)?.error ?? answer.statusText);
  }
  return body as T;
}

function post<T>(path: string, body: object): Promise<T> {
  return ask<T>(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export const api = {
  session: () => ask<Session>("/api/v1/session"),
  login: (user: string, password: string) => post<{ user: User }>("/api/v1/login", { user, password }),
  logout: () => post<null>("/api/v1/logout", {}),
  overview: () => ask<Overview>("/api/v1/overview"),
  points: () => ask<Point[]>("/api/v1/points"),
  /** The last 24 hours, or what came since `from`. */
  history: (point: string, max: number, from = "") =>
    ask<Curve>(`/api/v1/points/${point}/history?max=${max}${from === "" ? "" : `&from=${encodeURIComponent(from)}`}`),
  outputs: () => ask<Output[]>("/api/v1/outputs"),
  buses: () => ask<Bus[]>("/api/v1/links"),
  incidents: () => ask<Incident[]>("/api/v1/incidents"),
  incident: (id: number | string) => ask<Incident>(`/api/v1/incidents/${id}`),
  /** `until` in milliseconds, null ends it. */
  maintain: (device: string, until: number | null, note: string) => post<{ maintenance: Maintenance | null }>(`/api/v1/devices/${device}/maintenance`, { until, note }),
  act: (id: number | string, verb: Verb, note: string) => post<Incident>(`/api/v1/incidents/${id}/${verb}`, { note }),
};
