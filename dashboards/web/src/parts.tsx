// Small pieces that every screen uses.
import type { ComponentChildren } from "preact";

import type { Incident, Point, Quality, Severity, Site } from "./api";
import { go } from "./live";
import { words } from "./zh";

export const number = { critical: 1, major: 2, minor: 3, notice: 4 } as const;

/** Severity as colour, shape and number. */
export function Mark({ severity }: { severity: Severity }) {
  return (
    <i class={`mark p${number[severity]}`} role="img" aria-label={words.severityShort[severity]}>
      {number[severity]}
    </i>
  );
}

/** How far a value can be trusted, with the reason: 良好, 存疑：超出标称范围. */
export function trust(point: { quality: Quality; reason: string }): string {
  const word = words.quality[point.quality];
  return point.reason === "" || point.reason === word ? word : words.because(word, point.reason);
}

const distrust = { good: 0, uncertain: 1, bad: 2, no_answer: 3 } as const;

/** The point to tell about when there is room for one only. */
export const leastTrusted = (points: Point[]): Point | undefined =>
  points.reduce<Point | undefined>((worst, point) => (worst === undefined || distrust[point.quality] > distrust[worst.quality] ? point : worst), undefined);

/** Trouble that is no incident, or not yet. */
export function Warn() {
  return (
    <i class="mark warn" aria-hidden="true">
      !
    </i>
  );
}

export const toneOf = (severity: Severity | null): string => (severity === null ? "" : `p${number[severity]}`);

/** A link inside the dashboard. */
export function To({ href, children, ...rest }: { href: string; class?: string; children: ComponentChildren; "aria-current"?: "page" }) {
  const follow = (event: MouseEvent) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(href);
    }
  };
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

export function StateWord({ incident }: { incident: Incident }) {
  return <span class={incident.state === "open" ? "word ask" : "word"}>{words.state[incident.state]}</span>;
}

export function Panel({ title, side, children, tone = "" }: { title: string; side?: string; children: ComponentChildren; tone?: string }) {
  return (
    <section class={`panel ${tone}`}>
      <h2>
        {title}
        {side !== undefined && <small>{side}</small>}
      </h2>
      {children}
    </section>
  );
}

/** A relay is told of as an output; as a value it says nothing to who watches a site. */
export const isRelay = (point: Point): boolean => point.quantity === "relay";

/** What the point measures; relays and contacts of one board are told apart by their names. */
export const titleOf = (point: Point): string => (point.quantity in words.contacts ? point.name : point.quantity_text);

/** 31.2 °C; 吸合 */
export function amount(point: Point): string {
  const contact = words.contacts[point.quantity];
  return contact === undefined || point.value === null ? `${decimal(point.value, point.decimals)} ${point.unit_text}` : contact(point.value !== 0);
}

export const decimal = (value: number | null, decimals: number): string => (value === null ? words.nothing : value.toFixed(decimals));

/** Who has it: the names of the level that was told, or who took it. */
export function holders(incident: Incident): string {
  const names = incident.chain.filter((member) => member.level === incident.level && member.told).map((member) => member.name);
  return [...new Set(names)].join("、");
}

export const nameOf = (incident: Incident, id: string | null): string => incident.chain.find((member) => member.person === id)?.name ?? id ?? "";

export const siteHref = (site: Site): string => `/site/${site.id}`;
