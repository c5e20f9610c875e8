// Incidents as rows: for the list and for a site's past.
import { signal } from "@preact/signals";

import type { Incident } from "./api";
import { incidents, now, openIncidents } from "./live";
import { Mark, nameOf, To } from "./parts";
import { moment } from "./time";
import { words } from "./zh";

function Row({ incident }: { incident: Incident }) {
  const who = incident.acked_at === null ? words.incidents.nobody : nameOf(incident, incident.acked_by);
  return (
    <tr class={incident.state === "open" ? "bad" : ""}>
      <td>
        <To href={`/incident/${incident.id}`}>{incident.code ?? `#${incident.id}`}</To>
      </td>
      <td>
        <Mark severity={incident.severity} />
      </td>
      <td>{incident.place}</td>
      <td class="what">{incident.subject}</td>
      <td>{moment(incident.opened_at, now.value)}</td>
      <td>{moment(incident.cleared_at, now.value)}</td>
      <td>{who}</td>
      <td>{words.state[incident.state]}</td>
    </tr>
  );
}

export function IncidentTable({ incidents: rows }: { incidents: Incident[] }) {
  if (rows.length === 0) {
    return <p class="soft">{words.incidents.none}</p>;
  }
  const heads = [words.table.code, words.table.severity, words.table.place, words.table.subject, words.table.from, words.table.to, words.table.who, words.table.state];
  return (
    <div class="scroll">
      <table class="rows">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((incident) => (
            <Row key={incident.id} incident={incident} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const showsAll = signal(false);

export function IncidentsScreen() {
  const rows = showsAll.value ? incidents.value : openIncidents.value;
  const choose = (all: boolean) => () => {
    showsAll.value = all;
  };
  return (
    <div class="stack">
      <h1 class="row">
        {words.incidents.title}
        <button class="btn" aria-pressed={!showsAll.value} onClick={choose(false)}>
          {words.incidents.filterOpen}
        </button>
        <button class="btn" aria-pressed={showsAll.value} onClick={choose(true)}>
          {words.incidents.filterAll}
        </button>
      </h1>
      <section class="panel">
        <IncidentTable incidents={rows} />
      </section>
    </div>
  );
}
