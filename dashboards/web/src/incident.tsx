// Has anyone taken it, what happens next and when, what may I do?
import { useEffect, useState } from "preact/hooks";

import { api, Refusal, type Incident, type Verb } from "./api";
import { incidents, now, overview, takeIncident } from "./live";
import { Mark, nameOf, Panel, StateWord, toneOf } from "./parts";
import { countdown, moment, parse, span } from "./time";
import { words } from "./zh";

function amount(value: number | null, incident: Incident): string {
  return value === null ? words.nothing : `${Number(value.toFixed(3))} ${incident.unit_text}`.trim();
}

function Facts({ incident }: { incident: Incident }) {
  const rows: [string, string][] = [
    [words.incident.place, incident.place],
    [words.incident.rule, incident.rule_name],
    [words.incident.limit, amount(incident.limit, incident)],
    [words.incident.value, amount(incident.value, incident)],
    [words.incident.peak, amount(incident.peak, incident)],
    [words.incident.since, words.card.since(moment(incident.opened_at, now.value), span(now.value - parse(incident.opened_at)))],
    [words.incident.condition, words.condition[incident.condition]],
    [words.incident.cleared, moment(incident.cleared_at, now.value)],
  ];
  return (
    <Panel title={incident.subject} side={incident.raised_count > 1 ? words.incident.raised(incident.raised_count) : undefined}>
      <dl class="facts">
        {rows.map(([name, text]) => (
          <>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </>
        ))}
      </dl>
    </Panel>
  );
}

function Timeline({ incident }: { incident: Incident }) {
  return (
    <Panel title={words.incident.timeline}>
      <ol class="log">
        {incident.timeline.map((entry, i) => (
          <li key={i}>
            <span>{moment(entry.at, now.value)}</span>
            <span>{[entry.event_text, nameOf(incident, entry.to || entry.actor), entry.text].filter((text) => text !== "" && text !== "engine").join("　")}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Chain({ incident }: { incident: Incident }) {
  return (
    <Panel title={words.incident.chain}>
      <ol class="chain">
        {incident.chain.map((member) => (
          <li key={member.level + member.person} class={!member.told ? "next" : ""}>
            <b>{`${member.level_text} ${member.name}`}</b>
            {member.told ? words.incident.told : words.incident.notTold}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Actions({ incident }: { incident: Incident }) {
  const [note, setNote] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const act = async (verb: Verb) => {
    setBusy(true);
    try {
      takeIncident(await api.act(incident.id, verb, note));
      setNote("");
      setTrouble("");
    } catch (error) {
      setTrouble(words.failed(error instanceof Refusal ? error.message : String(error)));
    } finally {
      setBusy(false);
    }
  };
  const main = incident.may[0];
  return (
    <Panel title={words.incident.actions} tone={incident.state === "open" ? `open ${toneOf(incident.severity)}` : ""}>
      <Deadline incident={incident} />
      {incident.may.length === 0 ? (
        <p class="soft">{words.incident.noActions}</p>
      ) : (
        <div class="acts">
          <textarea aria-label={words.incident.note} placeholder={words.incident.note} maxLength={200} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
          {incident.may.map((verb) => (
            <button key={verb} class={verb === main ? "btn main" : "btn"} disabled={isBusy} data-verb={verb} onClick={() => void act(verb)}>
              {words.verb[verb]}
            </button>
          ))}
        </div>
      )}
      {trouble !== "" && <p role="alert">{trouble}</p>}
    </Panel>
  );
}

function Deadline({ incident }: { incident: Incident }) {
  const at = incident.escalate_at ?? incident.repeat_at;
  if (incident.state !== "open" || at === null) {
    return incident.closed_at === null ? null : <p>{words.incident.closedAt(moment(incident.closed_at, now.value))}</p>;
  }
  const level = overview.value?.levels.find((one) => one.id === incident.next_level)?.name;
  return (
    <p class="deadline">
      <b class="count">{countdown(parse(at) - now.value)}</b>
      {incident.escalate_at !== null && level !== undefined ? words.incident.nextStep(level) : words.card.repeat}
    </p>
  );
}

export function IncidentScreen({ id }: { id: string }) {
  const [incident, setIncident] = useState<Incident | null | undefined>(undefined);
  const seen = incidents.value.find((one) => String(one.id) === id || one.code === id);
  useEffect(() => {
    let isGone = false;
    void api.incident(id).then(
      (full) => isGone || setIncident(full),
      () => isGone || setIncident(null),
    );
    return () => {
      isGone = true;
    };
  }, [id, seen]);
  if (incident === undefined || incident === null) {
    return <p class="soft">{incident === null ? words.incident.missing : words.loading}</p>;
  }
  return (
    <div class="stack">
      <h1 class="row">
        <Mark severity={incident.severity} />
        {incident.place} {incident.code ?? ""} <StateWord incident={incident} />
        <span class="soft small">{words.severity[incident.severity]}</span>
      </h1>
      <div class="split wide">
        <div class="stack">
          <Facts incident={incident} />
          <Timeline incident={incident} />
        </div>
        <div class="stack first">
          <Actions incident={incident} />
          <Chain incident={incident} />
        </div>
      </div>
    </div>
  );
}
