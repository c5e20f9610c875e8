// What is wrong, where, who has it, since when, how long until the next step?
import type { Area, Incident, Overview, Point, Site } from "./api";
import { incidents, now, overview, points, rail } from "./live";
import { decimal, holders, isRelay, leastTrusted, Mark, nameOf, siteHref, StateWord, To, toneOf, trust } from "./parts";
import { countdown, isSameDay, moment, parse, span } from "./time";
import { words } from "./zh";

const levelName = (seen: Overview, id: string): string => seen.levels.find((level) => level.id === id)?.name ?? words.contact;

/** The next step and what it is. */
function Deadline({ incident, seen }: { incident: Incident; seen: Overview }) {
  const at = incident.escalate_at ?? incident.repeat_at;
  if (incident.state !== "open" || at === null) {
    return null;
  }
  const then = incident.escalate_at !== null && incident.next_level !== null ? words.card.until(levelName(seen, incident.next_level)) : words.card.repeat;
  return (
    <>
      <span class="count">{countdown(parse(at) - now.value)}</span>
      <span class="then">{then}</span>
    </>
  );
}

function whoHas(incident: Incident): string {
  if (incident.state === "open") {
    const names = holders(incident);
    return names === "" ? "" : words.card.told(names);
  }
  return incident.acked_at === null ? "" : words.card.takenBy(nameOf(incident, incident.acked_by), moment(incident.acked_at, now.value));
}

export function Card({ incident, seen }: { incident: Incident; seen: Overview }) {
  const isOpen = incident.state === "open";
  return (
    <To class={`card ${toneOf(incident.severity)} ${isOpen ? "open" : ""}`} href={`/incident/${incident.id}`}>
      <span class="flag">
        <Mark severity={incident.severity} />
      </span>
      <span class="body">
        <span class="row apart">
          <b class="place">{incident.place}</b>
          <Deadline incident={incident} seen={seen} />
        </span>
        <span class="what">{incident.subject}</span>
        <span class="small">
          {words.severity[incident.severity]} <StateWord incident={incident} /> {words.condition[incident.condition]}
        </span>
        <span class="row apart small">
          <span>{words.card.since(moment(incident.opened_at, now.value), span(now.value - parse(incident.opened_at)))}</span>
          <span class="soft">{incident.code ?? words.card.noCode}</span>
        </span>
        <span class="small">{whoHas(incident)}</span>
      </span>
    </To>
  );
}

function ClosedToday() {
  const closed = incidents.value.filter((incident) => incident.closed_at !== null && isSameDay(parse(incident.closed_at), now.value)).slice(0, 8);
  if (closed.length === 0) {
    return null;
  }
  return (
    <section>
      <h2>{words.overview.closedToday}</h2>
      <ol class="log">
        {closed.map((incident) => (
          <li key={incident.id}>
            <span>{moment(incident.closed_at, now.value)}</span>
            <To href={`/incident/${incident.id}`}>
              {incident.place} {incident.rule_name}
            </To>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Rail({ seen }: { seen: Overview }) {
  const nobody = rail.value.filter((incident) => incident.state === "open").length;
  return (
    <section class="stack">
      <h1 class="row apart" aria-live="polite">
        {words.overview.open(rail.value.length)}
        {nobody > 0 && <span class="soft small">{words.overview.nobody(nobody)}</span>}
      </h1>
      {rail.value.length === 0 && (
        <p class="soft">
          {words.overview.none}
          <br />
          {words.overview.calm(seen.counts.sites, seen.counts.points)}
        </p>
      )}
      <ol class="rail">
        {rail.value.map((incident) => (
          <li key={incident.id}>
            <Card incident={incident} seen={seen} />
          </li>
        ))}
      </ol>
      <ClosedToday />
    </section>
  );
}

/** A value on a bar with its allowed range: a number never stands alone. */
function Gauge({ point }: { point: Point }) {
  const upper = Math.min(...point.limits.filter((limit) => limit.upper).map((limit) => limit.value));
  const lower = Math.max(...point.limits.filter((limit) => !limit.upper).map((limit) => limit.value));
  const high = Number.isFinite(upper) ? upper : lower + 50;
  const low = Number.isFinite(lower) ? lower : Math.min(0, high - 50);
  if (!Number.isFinite(high) || !Number.isFinite(low) || high <= low) {
    return <svg class="gauge" viewBox="0 0 100 10" aria-hidden="true" />;
  }
  const x = (value: number) => Math.max(1, Math.min(99, 15 + (70 * (value - low)) / (high - low)));
  return (
    <svg class="gauge" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <path class="range" d="M0 5H100" />
      <path class="ok" d={`M${Number.isFinite(lower) ? 15 : 0} 5H${Number.isFinite(upper) ? 85 : 100}`} />
      {point.value !== null && <path class="now" d={`M${x(point.value)} 0V10`} />}
    </svg>
  );
}

function TileValue({ point }: { point: Point }) {
  return (
    <span class="reading">
      <b>{decimal(point.value, point.decimals)}</b> {point.unit_text}
      <Gauge point={point} />
    </span>
  );
}

const lost = (worst: Point | undefined): string =>
  worst === undefined || worst.reason === "" ? words.overview.lost : words.because(words.overview.lost, worst.reason);

function Tile({ site }: { site: Site }) {
  const own = points.value.filter((point) => point.site === site.id && !isRelay(point)).slice(0, 2);
  const isOpen = site.severity !== null && !site.acked;
  const incident = incidents.value.find((one) => one.id === site.incident);
  const worst = leastTrusted(points.value.filter((point) => point.site === site.id));
  const say = site.lost ? lost(worst) : (incident?.rule_name ?? (worst === undefined || worst.quality === "good" ? words.overview.normal : trust(worst)));
  return (
    <To class={`tile ${toneOf(site.severity)} ${isOpen ? "open" : ""} ${site.lost ? "lost" : ""}`} href={siteHref(site)}>
      <span class="row apart">
        <b class="name">{site.name}</b>
        {site.severity !== null && <Mark severity={site.severity} />}
      </span>
      <span class="readings">
        {own.map((point) => (
          <TileValue key={point.id} point={point} />
        ))}
      </span>
      <span class="say" title={site.text}>
        {say}
      </span>
    </To>
  );
}

/** The village of a site: the area above its own, unless that is the top. */
function villageOf(seen: Overview, site: Site): string {
  const own = seen.areas.find((area) => area.id === site.area);
  const above = seen.areas.find((area) => area.id === own?.parent);
  return above === undefined || above.parent === null ? site.area : above.id;
}

/** Who answers here: the village, then its grids. */
function chainOf(seen: Overview, village: Area): string {
  const grids = seen.areas.filter((area) => area.parent === village.id);
  return [village, ...grids]
    .filter((area) => area.duty.length > 0)
    .map((area) => words.overview.duty(levelName(seen, area.level), area.duty.join("、")))
    .join("　");
}

function AreaSites({ seen, area }: { seen: Overview; area: Area }) {
  const sites = seen.sites.filter((site) => villageOf(seen, site) === area.id);
  return (
    <section class="area">
      <h2>
        {area.name} <span>{chainOf(seen, area)}</span>
      </h2>
      <ul class="tiles">
        {sites.map((site) => (
          <li key={site.id}>
            <Tile site={site} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Legend() {
  return (
    <p class="legend">
      {(["critical", "major", "minor", "notice"] as const).map((severity) => (
        <span key={severity}>
          <Mark severity={severity} /> {words.severity[severity]}
        </span>
      ))}
      <span>
        <i class="key full" /> {words.overview.legendNobody}
      </span>
      <span>
        <i class="key" /> {words.overview.legendTaken}
      </span>
      <span>
        <i class="key dash" /> {words.overview.legendLost}
      </span>
    </p>
  );
}

export function OverviewScreen() {
  const seen = overview.value;
  if (seen === null) {
    return null;
  }
  const villages = new Set(seen.sites.map((site) => villageOf(seen, site)));
  const areas = seen.areas.filter((area) => villages.has(area.id));
  return (
    <div class="split">
      <Rail seen={seen} />
      <section aria-label={words.overview.sites}>
        {areas.map((area) => (
          <AreaSites key={area.id} seen={seen} area={area} />
        ))}
        <Legend />
      </section>
    </div>
  );
}
