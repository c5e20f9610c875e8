// A 24-hour curve with its limits drawn in. Gaps stay gaps.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

import { api, type Curve, type Limit, type Point } from "./api";
import { now } from "./live";
import { decimal, number } from "./parts";
import { parse, zoneOffset } from "./time";
import { words } from "./zh";

const HEIGHT = 220;
const GAP_BUCKETS = 3;

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Local seconds and values; a null between two buckets that lie far apart breaks the line. */
function columns(curve: Curve): [number[], (number | null)[], (number | null)[]] {
  const x: number[] = [];
  const high: (number | null)[] = [];
  const low: (number | null)[] = [];
  const width = curve.buckets.length < 2 ? 60_000 : bucketWidth(curve);
  let last = 0;
  for (const bucket of curve.buckets) {
    const at = parse(bucket.at);
    if (x.length > 0 && at - last > width * GAP_BUCKETS) {
      x.push((last + width + zoneOffset()) / 1000);
      high.push(null);
      low.push(null);
    }
    x.push((at + zoneOffset()) / 1000);
    high.push(bucket.samples > 0 ? bucket.max : null);
    low.push(bucket.samples > 0 ? bucket.min : null);
    last = at;
  }
  return [x, high, low];
}

function bucketWidth(curve: Curve): number {
  const steps = curve.buckets.slice(1).map((bucket, i) => parse(bucket.at) - parse(curve.buckets[i]?.at ?? bucket.at));
  return Math.max(1000, steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 60_000);
}

function drawLimit(plot: uPlot, limit: Limit): void {
  const context = plot.ctx;
  const y = plot.valToPos(limit.value, "y", true);
  const { left, top, width, height } = plot.bbox;
  if (y < top || y > top + height) {
    return;
  }
  const ratio = devicePixelRatio;
  context.save();
  context.strokeStyle = css("--edge");
  context.lineWidth = ratio;
  context.setLineDash([6 * ratio, 4 * ratio]);
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(left + width, y);
  context.stroke();
  context.fillStyle = css("--ink");
  context.font = `${13 * ratio}px ${css("--sans")}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(words.site.limit(words.severityShort[limit.severity], String(limit.value)), left + width + 6 * ratio, y);
  context.restore();
}

function rangeOf(point: Point, low: number | null, high: number | null): [number, number] {
  const limits = point.limits.map((limit) => limit.value);
  const values = [low, high, ...limits].filter((value): value is number => value !== null && Number.isFinite(value));
  if (values.length === 0) {
    return [0, 1];
  }
  const bottom = Math.min(...values);
  const top = Math.max(...values);
  const margin = Math.max((top - bottom) * 0.1, 0.5);
  return [bottom - margin, top + margin];
}

/** Where the curve begins: 24 hours ago, or with the first sample of a point that is younger, at least 10 minutes ago. */
function startOf(curve: Curve): number {
  const day = now.value - 86_400_000;
  const first = curve.buckets[0];
  return first === undefined ? day : Math.max(day, Math.min(parse(first.at), now.value - 600_000));
}

/** A young point's few samples are asked for again, finer: 800 buckets of its own span. */
async function load(point: Point): Promise<Curve> {
  const curve = await api.history(point.id, 800);
  const first = curve.buckets[0];
  return first === undefined || now.value - parse(first.at) > 3 * 3_600_000 ? curve : api.history(point.id, 800, first.at);
}

function optionsOf(point: Point, curve: Curve, width: number): uPlot.Options {
  const font = `13px ${css("--sans")}`;
  const axis = { stroke: css("--soft"), font, grid: { stroke: css("--line"), width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    padding: [10, 76, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { range: () => [(startOf(curve) + zoneOffset()) / 1000, (now.value + zoneOffset()) / 1000] },
      y: { range: (_, low, high) => rangeOf(point, low, high) },
    },
    axes: [
      { ...axis, size: 28, space: 70, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toISOString().slice(11, 16)) },
      { ...axis, size: 52 },
    ],
    series: [
      {},
      { stroke: css("--ink"), width: 2, points: { show: false } },
      { stroke: css("--ink"), width: 1, points: { show: false } },
    ],
    bands: [{ series: [1, 2], fill: css("--band") }],
    hooks: { draw: [(plot) => point.limits.forEach((limit) => drawLimit(plot, limit))] },
  };
}

function summaryOf(curve: Curve | null, point: Point): string {
  const held = curve?.buckets.filter((bucket) => bucket.samples > 0) ?? [];
  if (curve === null) {
    return words.loading;
  }
  if (held.length === 0) {
    return words.site.noData;
  }
  const samples = held.reduce((sum, bucket) => sum + bucket.samples, 0);
  const missing = curve.buckets.reduce((sum, bucket) => sum + bucket.missing, 0);
  const mean = held.reduce((sum, bucket) => sum + bucket.mean * bucket.samples, 0) / samples;
  const text = (value: number) => decimal(value, point.decimals);
  const share = `${Math.floor((100 * samples) / (samples + missing))} %`;
  return words.site.summary(text(Math.max(...held.map((b) => b.max))), text(Math.min(...held.map((b) => b.min))), text(mean), share);
}

/** The curve of one point; asked again each 15 s. */
export function Chart({ point }: { point: Point }) {
  const box = useRef<HTMLDivElement>(null);
  const [curve, setCurve] = useState<Curve | null>(null);
  useEffect(() => {
    const refresh = () => void load(point).then(setCurve, () => undefined);
    refresh();
    const timer = setInterval(refresh, 15_000);
    return () => clearInterval(timer);
  }, [point.id]);
  useEffect(() => {
    const place = box.current;
    if (place === null || curve === null) {
      return undefined;
    }
    const plot = new uPlot(optionsOf(point, curve, place.clientWidth), columns(curve), place);
    const resize = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    resize.observe(place);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [curve, point.id]);
  const worst = point.limits.map((limit) => number[limit.severity]).sort()[0];
  return (
    <section class="panel chart" data-worst={worst}>
      <h2>
        {words.site.chart(`${point.device_name} ${point.quantity_text}`, point.unit_text)}
        <small>{summaryOf(curve, point)}</small>
      </h2>
      <div class="plot" ref={box} />
    </section>
  );
}
