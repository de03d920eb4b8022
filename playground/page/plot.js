/**
 * @file The drawings of charts: lines, bars, areas over a grid; pies.
 */

import { svg } from "./dom.js";

/** @typedef {{name: string, data: {label: string, value: number}[]}} Series */
/** @typedef {{categories: string[], series: Series[], low: number, high: number}} Plot */

export const WIDTH = 480;
export const HEIGHT = 220;
const BOX = { left: 46, right: 10, top: 10, bottom: 26 };
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** @param {Series} series @param {string} category */
export function valueAt(series, category) {
  return series.data.find((one) => one.label === category)?.value;
}

/** @param {any} given @returns {SVGElement[]} */
export function plot(given) {
  const { categories } = given.axis_config;
  const values = given.series.flatMap((/** @type {Series} */ one) => one.data.map((point) => point.value));
  const [low, high] = [Math.min(0, ...values), Math.max(...values, 0)];
  const step = niceStep((high - low || 1) / 4);
  /** @type {Plot} */
  const whole = {
    categories,
    series: given.series,
    low: Math.floor(low / step) * step,
    high: Math.ceil((high || 1) / step) * step,
  };
  const marks =
    given.type === "bar" ? bars(whole) : given.type === "area" ? [...areas(whole), ...lines(whole)] : lines(whole);
  return [...grid(whole, step), ...marks];
}

/** @param {number} rough */
function niceStep(rough) {
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  return magnitude * /** @type {number} */ ([1, 2, 2.5, 5, 10].find((one) => one * magnitude >= rough));
}

/** @param {Plot} plot @param {number} value */
function y({ low, high }, value) {
  return BOX.top + (1 - (value - low) / (high - low)) * (HEIGHT - BOX.top - BOX.bottom);
}

/** @param {Plot} plot @param {number} index the middle of this category's slot */
function x({ categories }, index) {
  return BOX.left + ((index + 0.5) / categories.length) * (WIDTH - BOX.left - BOX.right);
}

/** @param {Plot} plot @param {number} step @returns {SVGElement[]} */
function grid(plot, step) {
  const levels = Array.from(
    { length: Math.round((plot.high - plot.low) / step) + 1 },
    (_, index) => plot.low + index * step,
  );
  const every = Math.ceil(plot.categories.length / 8);
  return [
    ...levels.flatMap((level) => [
      svg("line.grid", { x1: BOX.left, x2: WIDTH - BOX.right, y1: y(plot, level), y2: y(plot, level) }),
      svg("text.tick", { x: BOX.left - 6, y: y(plot, level) + 4, "text-anchor": "end" }, COMPACT.format(level)),
    ]),
    ...plot.categories.flatMap((name, index) =>
      index % every ? [] : [svg("text.tick", { x: x(plot, index), y: HEIGHT - 8, "text-anchor": "middle" }, name)],
    ),
  ];
}

/** @param {Plot} plot @param {Series} series @returns {[number, number][]} */
function points(plot, series) {
  return plot.categories.flatMap((category, index) => {
    const value = valueAt(series, category);
    return value === undefined ? [] : [/** @type {[number, number]} */ ([x(plot, index), y(plot, value)])];
  });
}

/** @param {Plot} plot @returns {SVGElement[]} */
function lines(plot) {
  return plot.series.flatMap((series, index) => {
    const at = points(plot, series);
    return [
      svg("polyline.line", { class: `series-${index % 6}`, points: at.map((pair) => pair.join(",")).join(" ") }),
      ...at.map(([cx, cy]) => svg("circle.point", { class: `series-${index % 6}`, cx, cy, r: 2.5 })),
    ];
  });
}

/** @param {Plot} plot @returns {SVGElement[]} */
function areas(plot) {
  return plot.series.map((series, index) => {
    const at = points(plot, series);
    const base = y(plot, Math.max(0, plot.low));
    const outline = [[at[0]?.[0] ?? 0, base], ...at, [at.at(-1)?.[0] ?? 0, base]];
    return svg("polygon.area", {
      class: `series-${index % 6}`,
      points: outline.map((pair) => pair.join(",")).join(" "),
    });
  });
}

/** @param {Plot} plot @returns {SVGElement[]} */
function bars(plot) {
  const slot = ((WIDTH - BOX.left - BOX.right) / plot.categories.length) * 0.72;
  const width = slot / plot.series.length;
  return plot.series.flatMap((series, index) =>
    plot.categories.map((category, at) => {
      const value = valueAt(series, category) ?? 0;
      const [top, bottom] = [y(plot, Math.max(value, 0)), y(plot, Math.min(value, 0))];
      return svg("rect.bar", {
        class: `series-${index % 6}`,
        x: x(plot, at) - slot / 2 + index * width,
        y: top,
        width: Math.max(1, width - 2),
        height: bottom - top,
        rx: 2,
      });
    }),
  );
}

/** @param {{label: string, value: number}[]} segments @returns {SVGElement[]} */
export function pieSlices(segments) {
  const total = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  const [cx, cy, r] = [WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - 10];
  const rim = (/** @type {number} */ share) =>
    [cx + r * Math.sin(2 * Math.PI * share), cy - r * Math.cos(2 * Math.PI * share)]
      .map((one) => one.toFixed(2))
      .join(" ");
  let from = 0;
  return segments.map((one, index) => {
    const share = one.value / total;
    const arc = `M${cx} ${cy}L${rim(from)}A${r} ${r} 0 ${share > 0.5 ? 1 : 0} 1 ${rim(from + share)}Z`;
    from += share;
    // An arc that ends where it began would not be drawn at all.
    return share === 1
      ? svg("circle.slice", { class: "series-0", cx, cy, r })
      : svg("path.slice", { class: `series-${index % 6}`, d: arc });
  });
}
