/**
 * @file The data_visualization block as inline SVG, with the same numbers as a table for those who cannot see it.
 */

import { h, svg } from "./dom.js";

/** @typedef {{name: string, data: {label: string, value: number}[]}} Series */
/** @typedef {{categories: string[], series: Series[], low: number, high: number}} Plot */

const WIDTH = 480;
const HEIGHT = 220;
const BOX = { left: 46, right: 10, top: 10, bottom: 26 };
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** @param {import("./types.js").Block} block @returns {HTMLElement} */
export function chart(block) {
  const { chart: given, title } = block;
  const pie = given.type === "pie";
  const series = pie ? [{ name: title, data: given.segments }] : given.series;
  const drawn = pie ? pieSlices(given.segments) : plot(given);
  const names = pie ? given.segments.map((/** @type {any} */ one) => one.label) : series.map((/** @type {Series} */ one) => one.name);
  return h(
    "figure.chart",
    {},
    h("figcaption", {}, title),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${given.type} chart: ${title}. The numbers follow as a table.` }, drawn),
    axisNote(given.axis_config),
    (pie || names.length > 1) && h("ul.legend", {}, names.map((/** @type {string} */ name, /** @type {number} */ index) => h("li", {}, h("span.key", { class: `series-${index % 6}` }), name))),
    numbers(series, pie ? names : given.axis_config.categories),
  );
}

/** @param {any} axis */
function axisNote(axis) {
  const words = [axis?.y_label && `up: ${axis.y_label}`, axis?.x_label && `along: ${axis.x_label}`].filter(Boolean).join(" · ");
  return words && h("p.axes", {}, words);
}

/** @param {Series[]} series @param {string[]} categories */
function numbers(series, categories) {
  const row = (/** @type {string} */ category) => h("tr", {}, h("th", { scope: "row" }, category), series.map((one) => h("td.align-right", {}, valueAt(one, category) ?? "–")));
  const head = h("tr", {}, h("th", { scope: "col" }, ""), series.map((one) => h("th.align-right", { scope: "col" }, one.name)));
  return h("details", {}, h("summary", {}, "Numbers"), h("div.scroller", { tabindex: 0, role: "group", "aria-label": "Numbers" }, h("table", {}, h("thead", {}, head), h("tbody", {}, categories.map(row)))));
}

/** @param {Series} series @param {string} category */
function valueAt(series, category) {
  return series.data.find((one) => one.label === category)?.value;
}

/** @param {any} given @returns {SVGElement[]} */
function plot(given) {
  const { categories } = given.axis_config;
  const values = given.series.flatMap((/** @type {Series} */ one) => one.data.map((point) => point.value));
  const [low, high] = [Math.min(0, ...values), Math.max(...values, 0)];
  const step = niceStep((high - low || 1) / 4);
  /** @type {Plot} */
  const whole = { categories, series: given.series, low: Math.floor(low / step) * step, high: Math.ceil((high || 1) / step) * step };
  const marks = given.type === "bar" ? bars(whole) : given.type === "area" ? [...areas(whole), ...lines(whole)] : lines(whole);
  return [...grid(whole, step), ...marks];
}

/** @param {number} rough */
function niceStep(rough) {
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  return magnitude * (/** @type {number} */ ([1, 2, 2.5, 5, 10].find((one) => one * magnitude >= rough)));
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
  const levels = Array.from({ length: Math.round((plot.high - plot.low) / step) + 1 }, (_, index) => plot.low + index * step);
  const every = Math.ceil(plot.categories.length / 8);
  return [
    ...levels.flatMap((level) => [
      svg("line.grid", { x1: BOX.left, x2: WIDTH - BOX.right, y1: y(plot, level), y2: y(plot, level) }),
      svg("text.tick", { x: BOX.left - 6, y: y(plot, level) + 4, "text-anchor": "end" }, COMPACT.format(level)),
    ]),
    ...plot.categories.flatMap((name, index) => (index % every ? [] : [svg("text.tick", { x: x(plot, index), y: HEIGHT - 8, "text-anchor": "middle" }, name)])),
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
    return svg("polygon.area", { class: `series-${index % 6}`, points: outline.map((pair) => pair.join(",")).join(" ") });
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
      return svg("rect.bar", { class: `series-${index % 6}`, x: x(plot, at) - slot / 2 + index * width, y: top, width: Math.max(1, width - 2), height: bottom - top, rx: 2 });
    }),
  );
}

/** @param {{label: string, value: number}[]} segments @returns {SVGElement[]} */
function pieSlices(segments) {
  const total = segments.reduce((sum, one) => sum + one.value, 0) || 1;
  const [cx, cy, r] = [WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - 10];
  const circle = 2 * Math.PI * (r / 2);
  let before = 0;
  return segments.map((one, index) => {
    const share = (one.value / total) * circle;
    const slice = svg("circle.slice", { class: `series-${index % 6}`, cx, cy, r: r / 2, "stroke-width": r, "stroke-dasharray": `${share} ${circle - share}`, "stroke-dashoffset": -before, transform: `rotate(-90 ${cx} ${cy})` });
    before += share;
    return slice;
  });
}
