// Sirens and beacons: what they shall do, what reads back, and what is wrong. Colour only when one is on or fails.
import type { Output } from "./api";
import { now, outputs } from "./live";
import { Warn } from "./parts";
import { parse, span, stamp } from "./time";
import { words } from "./zh";

const texts = words.outputs;

/** Not as it shall be: it failed, or nobody can tell whether it obeys. */
export const isAstray = (output: Output): boolean => output.state === "failed" || (output.wanted && output.state === "unknown");

export const outputsOf = (device: string): Output[] => outputs.value.filter((output) => output.device === device);

const isOn = (output: Output): boolean => output.state === "on";

/** 正在鸣响; 应启动，控制失败：设备拒绝 */
export function stateOf(output: Output): string {
  if (output.state === "failed") {
    return texts.failed(output.wanted, output.reason);
  }
  if (output.state === "unknown") {
    return texts.unknown(output.wanted);
  }
  if (output.wanted !== isOn(output)) {
    return texts.changing(output.wanted);
  }
  return isOn(output) ? texts.on(output.name) : texts.off;
}

/** 要求 开，读回 开，自 14:20:31 起 */
export function wordsOf(output: Output): string {
  const since = output.since === null ? words.nothing : stamp(output.since, now.value);
  return texts.facts(output.wanted, output.state_text, output.reason, since);
}

/** The outputs of a site, each in its place whatever it does. */
export function Outputs({ site, tone }: { site: string; tone: string }) {
  const own = outputs.value.filter((output) => output.site === site);
  if (own.length === 0) {
    return null;
  }
  return (
    <ul class="outputs" aria-label={texts.label}>
      {own.map((output) => (
        <li key={output.id} data-output={output.id} class={isOn(output) ? `on ${tone}` : isAstray(output) ? "astray" : ""}>
          {isAstray(output) ? <Warn /> : <i class="mark horn" aria-hidden="true" />}
          <span>
            {output.name} <b>{stateOf(output)}</b>
          </span>
          {isOn(output) && output.since !== null && <span>{span(now.value - parse(output.since))}</span>}
        </li>
      ))}
    </ul>
  );
}
