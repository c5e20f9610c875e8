// What stands on every screen: the title bar, one line of health, and a word when the connection is gone.
import type { ComponentChildren } from "preact";

import type { Overview, Part } from "./api";
import { heardAt, isConnected, logout, mayReadBuses, now, overview, path, session } from "./live";
import { To, Warn } from "./parts";
import { clock, date, span } from "./time";
import { words } from "./zh";

function Bar() {
  const here = path.value;
  const user = session.value?.user;
  const places: [string, string, boolean][] = [
    ["/", words.nav.overview, here === "/"],
    ["/incidents", words.nav.incidents, here.startsWith("/incident")],
    ["/site", words.nav.site, here.startsWith("/site")],
  ];
  if (mayReadBuses(user?.role)) {
    places.push(["/devices", words.nav.devices, here.startsWith("/devices")]);
  }
  return (
    <header class="bar">
      <strong class="brand">{words.brand}</strong>
      <span class="soft where">{session.value?.gateway.name}</span>
      <nav aria-label={words.nav.label}>
        {places.map(([href, name, isHere]) => (
          <To href={href} key={href} aria-current={isHere ? "page" : undefined}>
            {name}
          </To>
        ))}
      </nav>
      <span class="soft who">
        {words.roles[user?.role ?? ""]} {user?.name}
      </span>
      <button class="plain" onClick={() => void logout()}>
        {words.logout}
      </button>
      <span class="soft day">{date(now.value)}</span>
      <time class="clock">{clock(now.value)}</time>
    </header>
  );
}

interface Item {
  name: string;
  text: string;
  bad: boolean;
  title?: string;
}

const ill = (parts: Part[], kind: string): Part[] => parts.filter((part) => part.part === kind && !part.ok);

function linksItem(seen: Overview): Item {
  const up = seen.links.filter((link) => !ill(seen.parts, "link").some((part) => part.id === link.id) && link.up).length;
  const down = ill(seen.parts, "link")[0] ?? seen.links.find((link) => !link.up);
  const text = down === undefined ? words.health.linksOf(up, seen.links.length) : words.health.linkDown(up, seen.links.length, down.id);
  return { name: words.health.links, text, bad: down !== undefined, title: down?.text };
}

function devicesItem(seen: Overview): Item {
  const { devices, devices_ok: ok } = seen.counts;
  const failed = ill(seen.parts, "output")[0];
  const text = failed === undefined ? words.health.devicesOf(ok, devices) : words.health.outputFailed(ok, devices, failed.id);
  return { name: words.health.devices, text, bad: ok < devices || failed !== undefined, title: failed?.text };
}

function storesItem(seen: Overview): Item {
  const down = seen.stores.find((store) => !store.ok);
  const backlog = seen.stores.reduce((sum, store) => sum + store.backlog, 0);
  const well = seen.stores.length === 0 ? words.health.noStore : words.health.backlog(backlog);
  return {
    name: words.health.stores,
    text: down === undefined ? well : words.health.storeDown(down.id, down.backlog),
    bad: down !== undefined,
    title: down?.text,
  };
}

function partItem(seen: Overview, name: string, kinds: string[]): Item {
  const bad = kinds.flatMap((kind) => ill(seen.parts, kind))[0];
  return { name, text: bad?.text ?? words.health.well, bad: bad !== undefined, title: bad?.text };
}

function items(seen: Overview): Item[] {
  const parts: Item[] = [
    linksItem(seen),
    devicesItem(seen),
    storesItem(seen),
    partItem(seen, words.health.sms, ["sms"]),
    partItem(seen, words.health.disk, ["state", "history"]),
  ];
  const bad = parts.filter((part) => part.bad).length;
  return [{ name: words.health.system, text: bad === 0 ? words.health.wellSystem : words.health.illSystem(bad), bad: bad > 0 }, ...parts];
}

function HealthLine() {
  const seen = overview.value;
  return (
    <section class="health" aria-label={words.health.label}>
      <dl>
        {seen !== null &&
          items(seen).map((item) => (
            <div key={item.name} class={item.bad ? "bad" : ""} title={item.title}>
              <dt>
                {item.bad && <Warn />}
                {item.name}
              </dt>
              <dd>{item.text}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function Stale() {
  void now.value; // counts on each second
  const age = Date.now() - heardAt.value;
  return (
    <p class="stale" role="alert">
      {words.lostConnection(span(age))}
    </p>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        {words.skip}
      </a>
      <Bar />
      {!isConnected.value && <Stale />}
      <HealthLine />
      <main id="main">{overview.value === null ? <p class="soft">{words.loading}</p> : children}</main>
    </>
  );
}
