/**
 * @file The data_visualization block as inline SVG, with the same numbers as a table for those who cannot see it.
 */

import { h, svg } from "./dom.js";
import { HEIGHT, WIDTH, pieSlices, plot, valueAt } from "./plot.js";

/** @typedef {import("./plot.js").Series} Series */

/** @param {import("./types.js").Block} block @returns {HTMLElement} */
export function chart(block) {
  const { chart: given, title } = block;
  const pie = given.type === "pie";
  const series = pie ? [{ name: title, data: given.segments }] : given.series;
  const drawn = pie ? pieSlices(given.segments) : plot(given);
  const names = pie
    ? given.segments.map((/** @type {any} */ one) => one.label)
    : series.map((/** @type {Series} */ one) => one.name);
  return h(
    "figure.chart",
    {},
    h("figcaption", {}, title),
    svg(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        "aria-label": `${given.type} chart: ${title}. The numbers follow as a table.`,
      },
      drawn,
    ),
    axisNote(given.axis_config),
    (pie || names.length > 1) &&
      h(
        "ul.legend",
        {},
        names.map((/** @type {string} */ name, /** @type {number} */ index) =>
          h("li", {}, h("span.key", { class: `series-${index % 6}` }), name),
        ),
      ),
    numbers(series, pie ? names : given.axis_config.categories),
  );
}

/** @param {any} axis */
function axisNote(axis) {
  const words = [axis?.y_label, axis?.x_label && `by ${axis.x_label}`].filter(Boolean).join(", ");
  return words && h("p.axes", {}, words);
}

/** @param {Series[]} series @param {string[]} categories */
function numbers(series, categories) {
  const row = (/** @type {string} */ category) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, category),
      series.map((one) => h("td.align-right", {}, valueAt(one, category) ?? "–")),
    );
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, ""),
    series.map((one) => h("th.align-right", { scope: "col" }, one.name)),
  );
  return h(
    "details",
    {},
    h("summary", {}, "Numbers"),
    h(
      "div.scroller",
      { tabindex: 0, role: "group", "aria-label": "Numbers" },
      h("table", {}, h("thead", {}, head), h("tbody", {}, categories.map(row))),
    ),
  );
}
