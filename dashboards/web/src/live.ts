// The state of the browser: what the gateway last said, kept fresh by server-sent events.
import { computed, signal } from "@preact/signals";

import { api, Refusal, type Bus, type HealthEvent, type Incident, type Output, type Overview, type Point, type PointValue, type Session } from "./api";
import { parse, setZone } from "./time";

export const session = signal<Session | null>(null);
export const overview = signal<Overview | null>(null);
export const points = signal<Point[]>([]);
export const incidents = signal<Incident[]>([]);
export const outputs = signal<Output[]>([]);
/** Loaded while the devices screen is open. */
export const buses = signal<Bus[] | null>(null);
/** The time of the gateway now, and when we last heard from it (browser clock). */
export const now = signal(Date.now());
export const heardAt = signal(Date.now());
export const isConnected = signal(true);
export const path = signal(location.pathname);

let skew = 0;
let source: EventSource | null = null;

export const openIncidents = computed(() => incidents.value.filter((incident) => incident.state !== "closed"));

const rank = { critical: 0, major: 1, minor: 2, notice: 3 };

/** Unanswered first, then the worst, then the oldest. */
export const rail = computed(() =>
  [...openIncidents.value].sort(
    (a, b) =>
      Number(a.state !== "open") - Number(b.state !== "open") ||
      rank[a.severity] - rank[b.severity] ||
      parse(a.opened_at) - parse(b.opened_at),
  ),
);

export function go(to: string): void {
  history.pushState(null, "", to);
  path.value = location.pathname;
  window.scrollTo(0, 0);
}

addEventListener("popstate", () => {
  path.value = location.pathname;
});

function hear(time?: string): void {
  heardAt.value = Date.now();
  isConnected.value = true;
  if (time !== undefined) {
    setZone(time);
    skew = parse(time) - Date.now();
    now.value = Date.now() + skew;
  }
}

function takePoints(values: PointValue[]): void {
  const fresh = new Map(values.map((value) => [value.id, value]));
  points.value = points.value.map((point) => {
    const value = fresh.get(point.id);
    return value === undefined ? point : { ...point, ...value };
  });
  hear();
}

export function takeIncident(incident: Incident): void {
  const others = incidents.value.filter((other) => other.id !== incident.id);
  incidents.value = [incident, ...others].sort((a, b) => b.id - a.id);
  hear();
  void refreshOverview();
}

let isRefreshing = false;

/** The tiles' worst states are the gateway's to say; asked again after an incident changed. */
async function refreshOverview(): Promise<void> {
  if (isRefreshing) {
    return;
  }
  isRefreshing = true;
  try {
    overview.value = await api.overview();
    hear(overview.value.gateway.time);
  } catch (error) {
    await notePossibleLogout(error);
  } finally {
    isRefreshing = false;
  }
}

async function notePossibleLogout(error: unknown): Promise<void> {
  if (error instanceof Refusal && error.status === 401) {
    stop();
    session.value = await api.session();
  }
}

/** The gateway refuses the technical pages to a grid worker. */
export const mayReadBuses = (role: string | undefined): boolean => role !== undefined && role !== "grid" && role !== "source";

export const mayMaintain = (role: string | undefined): boolean => role === "technician" || role === "admin";

let isAskingBuses = false;

export async function refreshBuses(): Promise<void> {
  if (isAskingBuses) {
    return;
  }
  isAskingBuses = true;
  try {
    buses.value = await api.buses();
  } catch (error) {
    await notePossibleLogout(error);
  } finally {
    isAskingBuses = false;
  }
}

let isAskingOutputs = false;
let mustAskOutputs = false;

/** A change while they are asked for is asked for once more: no siren is shown late. */
async function refreshOutputs(): Promise<void> {
  mustAskOutputs = true;
  if (isAskingOutputs) {
    return;
  }
  isAskingOutputs = true;
  try {
    while (mustAskOutputs) {
      mustAskOutputs = false;
      outputs.value = await api.outputs();
    }
  } catch (error) {
    await notePossibleLogout(error);
  } finally {
    isAskingOutputs = false;
  }
}

function takeHealth(health: HealthEvent): void {
  hear(health.time);
  if (outputs.value.length > 0) {
    void refreshOutputs();
  }
  if (overview.value !== null) {
    overview.value = { ...overview.value, counts: health.counts, parts: health.parts, stores: health.stores };
  }
}

function listen(): void {
  source = new EventSource("/api/v1/events");
  source.addEventListener("reading", (event) => takePoints(JSON.parse(event.data) as PointValue[]));
  source.addEventListener("incident", (event) => takeIncident(JSON.parse(event.data) as Incident));
  source.addEventListener("health", (event) => takeHealth(JSON.parse(event.data) as HealthEvent));
  source.onopen = () => hear();
  source.onerror = () => {
    isConnected.value = false;
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(() => void start(), 3000);
    }
  };
}

function stop(): void {
  source?.close();
  source = null;
}

/** Asks who we are, and when logged in loads everything and listens. */
export async function start(): Promise<void> {
  stop();
  try {
    session.value = await api.session();
    if (session.value.user === null) {
      return;
    }
    const [seen, allPoints, allIncidents, allOutputs] = await Promise.all([api.overview(), api.points(), api.incidents(), api.outputs()]);
    overview.value = seen;
    points.value = allPoints;
    incidents.value = allIncidents;
    outputs.value = allOutputs;
    hear(seen.gateway.time);
    listen();
  } catch (error) {
    isConnected.value = false;
    await notePossibleLogout(error).catch(() => undefined);
    setTimeout(() => void start(), 3000);
  }
}

export async function logout(): Promise<void> {
  stop();
  await api.logout().catch(() => undefined);
  session.value = await api.session();
}

setInterval(() => {
  now.value = Date.now() + skew;
  // Health comes each 5 s; 12 s without a word means that the picture is old.
  if (Date.now() - heardAt.value > 12_000) {
    isConnected.value = false;
  }
}, 1000);
