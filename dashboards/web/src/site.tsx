// What is it like there now, can I trust the values, how did the day go, who answers for it?
import type { Area, Overview, Point, Site } from "./api";
import { Chart } from "./chart";
import { incidents, now, overview, points } from "./live";
import { Outputs } from "./outputs";
import { decimal, isRelay, leastTrusted, Mark, Panel, siteHref, To, toneOf, trust } from "./parts";
import { IncidentTable } from "./table";
import { parse, span } from "./time";
import { words } from "./zh";

function Value({ point, tone }: { point: Point; tone: string }) {
  const age = point.good_at === null ? words.site.never : words.site.ago(span(now.value - parse(point.good_at)));
  return (
    <div class={point.state === "active" ? `hit ${tone}` : point.value === null ? "lost" : ""}>
      <dt>{`${point.device_name} ${point.quantity_text}`}</dt>
      <dd>
        <b data-point={point.id}>{decimal(point.value, point.decimals)}</b> {point.unit_text}
      </dd>
      <dd class="soft">{`${trust(point)}，${age}`}</dd>
    </div>
  );
}

/** The areas from the site's own up to the top. */
function chainOf(seen: Overview, site: Site): Area[] {
  const chain: Area[] = [];
  for (let area = seen.areas.find((one) => one.id === site.area); area !== undefined && chain.length < 8; ) {
    chain.push(area);
    const parent = area.parent;
    area = seen.areas.find((one) => one.id === parent);
  }
  return chain;
}

function Chain({ seen, site }: { seen: Overview; site: Site }) {
  return (
    <Panel title={words.site.chain}>
      <ol class="chain">
        {chainOf(seen, site).map((area) => (
          <li key={area.id}>
            <b>{`${seen.levels.find((level) => level.id === area.level)?.name ?? ""} ${area.duty.join("、")}`}</b>
            {area.name}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Devices({ own }: { own: Point[] }) {
  const devices = [...new Set(own.map((point) => point.device))].flatMap((id) => leastTrusted(own.filter((point) => point.device === id)) ?? []);
  return (
    <Panel title={words.site.devices}>
      <table>
        <thead>
          <tr>
            <th>{words.table.name}</th>
            <th>{words.table.quality}</th>
            <th class="n">{words.table.age}</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((point) => (
            <tr key={point.device} class={point.quality === "good" ? "" : "bad"}>
              <td>{point.device_name}</td>
              <td class="wrap">{trust(point)}</td>
              <td class="n">{point.good_at === null ? words.site.never : span(now.value - parse(point.good_at))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function SiteList({ seen }: { seen: Overview }) {
  return (
    <div class="stack">
      <h1>{words.site.choose}</h1>
      <ul class="tiles">
        {seen.sites.map((site) => (
          <li key={site.id}>
            <To class="btn" href={siteHref(site)}>
              {site.name}
            </To>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function SiteScreen({ id }: { id: string }) {
  const seen = overview.value;
  if (seen === null) {
    return null;
  }
  const site = seen.sites.find((one) => one.id === id);
  if (site === undefined) {
    return id === "" ? <SiteList seen={seen} /> : <p>{words.site.missing(id)}</p>;
  }
  const own = points.value.filter((point) => point.site === site.id);
  const measured = own.filter((point) => !isRelay(point));
  const tone = toneOf(site.severity);
  return (
    <div class="stack">
      <h1 class="row">
        {site.severity !== null && <Mark severity={site.severity} />}
        {site.name} <span class="soft small">{site.kind_text}</span>
      </h1>
      <Outputs site={site.id} tone={tone} />
      <dl class="values" aria-label={words.site.points}>
        {measured.map((point) => (
          <Value key={point.id} point={point} tone={tone} />
        ))}
      </dl>
      <div class="split wide">
        <div class="stack">
          {measured.map((point) => (
            <Chart key={point.id} point={point} />
          ))}
          <Panel title={words.site.incidents}>
            <IncidentTable incidents={incidents.value.filter((incident) => incident.site === site.id).slice(0, 20)} />
          </Panel>
        </div>
        <div class="stack">
          <Chain seen={seen} site={site} />
          <Devices own={own} />
        </div>
      </div>
    </div>
  );
}
