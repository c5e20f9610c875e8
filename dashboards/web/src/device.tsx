// One bus or one device from close by: what was asked, what came back, what to do.
import type { ComponentChildren } from "preact";

import type { Block, Bus, Device, Point } from "./api";
import { breaker, busNow, isOver, lastError, pointsOf } from "./buses";
import { now } from "./live";
import { wordsOf, outputsOf } from "./outputs";
import { amount, titleOf, To, trust } from "./parts";
import { Repair } from "./repair";
import { parse, span, stamp } from "./time";
import { words } from "./zh";

const texts = words.devices;

function Head({ title, side }: { title: string; side: string }) {
  return (
    <h2>
      {title}
      <small>{side}</small>
      <To href="/devices">{texts.close}</To>
    </h2>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const hex = (word: number): string => word.toString(16).toUpperCase().padStart(4, "0");

/** 415 (019F)　413 (019D); bits have no hex. */
const registers = (block: Block, seen: number[]): string => seen.map((word) => (block.function > 2 ? `${word} (${hex(word)})` : String(word))).join("　");

function replyNote(block: Block, reply: string): string {
  if (reply === "") {
    return texts.silence;
  }
  if (block.words !== null) {
    return "";
  }
  return block.bytes > reply.split(" ").length ? texts.cut(block.bytes) : texts.broken;
}

function Asked({ block, device }: { block: Block; device: Device }) {
  const refusal = device.error !== null && device.error.exception !== 0 && device.error.at === block.at ? texts.exception(device.error.exception, device.error.text) : "";
  return (
    <>
      <Fact name={texts.fact.request}>
        <code>{block.request}</code> {texts.asks(block.function, block.address, block.count)}
      </Fact>
      <Fact name={texts.fact.reply}>
        {block.reply === null ? (
          texts.notAsked
        ) : (
          <>
            {block.reply !== "" && <code>{block.reply}</code>} {refusal === "" ? replyNote(block, block.reply) : refusal}
          </>
        )}
      </Fact>
      {block.words !== null && <Fact name={texts.fact.registers}>{registers(block, block.words)}</Fact>}
    </>
  );
}

function Value({ point }: { point: Point }) {
  return (
    <tr class={point.quality === "good" ? "" : "bad"}>
      <td>{titleOf(point)}</td>
      <td class="n">{amount(point)}</td>
      <td class="wrap">{trust(point)}</td>
      <td>{point.good_at === null ? words.site.never : words.site.ago(span(now.value - parse(point.good_at)))}</td>
    </tr>
  );
}

function Values({ device }: { device: Device }) {
  return (
    <table class="short">
      <thead>
        <tr>
          <th scope="col">{words.table.name}</th>
          <th scope="col" class="n">
            {texts.head.value}
          </th>
          <th scope="col">{texts.head.quality}</th>
          <th scope="col">{texts.head.age}</th>
        </tr>
      </thead>
      <tbody>
        {pointsOf(device).map((point) => (
          <Value key={point.id} point={point} />
        ))}
      </tbody>
    </table>
  );
}

const ms = (value: number | null): string => (value === null ? words.nothing : texts.ms(value));

export function DeviceDetail({ bus, device }: { bus: Bus; device: Device }) {
  const name = pointsOf(device)[0]?.device_name ?? device.id;
  const isFailing = device.error !== null && device.error.since !== null;
  const side = device.answered_at === null ? texts.noReply : texts.whenWhat(stamp(device.answered_at, now.value), texts.rtt(ms(device.rtt_ms), ms(device.rtt_mean_ms), ms(device.rtt_max_ms)));
  return (
    <section class="panel" data-detail={device.id}>
      <Head title={`${name}　${texts.unit(bus.id, device.unit)}　${device.profile}`} side={side} />
      <div class="halves">
        <dl class="facts">
          <Fact name={texts.fact.state}>{breaker(bus, device)}</Fact>
          <Fact name={texts.fact.success}>{device.success === null ? words.nothing : texts.success(texts.percent(device.success), device.retries)}</Fact>
          <Fact name={texts.fact.error}>{device.error === null ? texts.noError : lastError(device)}</Fact>
          {outputsOf(device.id).map((output) => (
            <Fact key={output.id} name={output.name}>
              {wordsOf(output)}
            </Fact>
          ))}
          {device.blocks.map((block) => (
            <Asked key={block.name} block={block} device={device} />
          ))}
          <Fact name={texts.repair.fact}>
            <Repair device={device} />
          </Fact>
          {isFailing && <Fact name={texts.fact.advice}>{texts.advice[device.error?.kind ?? "other"]}</Fact>}
        </dl>
        <Values device={device} />
      </div>
    </section>
  );
}

export function BusDetail({ bus }: { bus: Bus }) {
  const { asked, measured } = bus.share;
  const shares = [asked === null ? null : texts.askedShare(texts.percent(asked)), measured === null ? null : texts.measured(texts.percent(measured))];
  const count = (key: string): number => bus.counters[key] ?? 0;
  return (
    <section class="panel" data-detail={bus.id}>
      <Head title={`${bus.id}　${texts.types[bus.type] ?? bus.type}`} side={bus.address} />
      <dl class="facts">
        <Fact name={texts.fact.now}>{busNow(bus)}</Fact>
        <Fact name={texts.fact.error}>{bus.error === null ? texts.noError : texts.whenWhat(stamp(bus.error.at, now.value), bus.error.text)}</Fact>
        <Fact name={texts.fact.share}>{shares.filter((share) => share !== null).join("，") || words.nothing}</Fact>
        <Fact name={texts.fact.traffic}>{texts.traffic(texts.bytes(count("bytes_out")), texts.bytes(count("bytes_in")))}</Fact>
        <Fact name={texts.fact.counters}>{texts.counters.map(([key, name]) => `${name} ${count(key)}`).join("　")}</Fact>
        {(isOver(bus) || !bus.up) && <Fact name={texts.fact.advice}>{texts.advice[bus.up ? "over" : "link"]}</Fact>}
      </dl>
    </section>
  );
}
