/**
 * @file The table and data_table blocks. A data_table sorts by a click on a column's name and turns pages.
 */

import { h } from "./dom.js";
import { richText } from "./richtext.js";

/** @typedef {import("./types.js").Element} Cell */

const ROWS_PER_PAGE = 5;
const NUMERIC = new Intl.Collator("en", { numeric: true });

/** @param {Cell|undefined} cell */
function content(cell) {
  if (!cell) return "";
  return cell.type === "rich_text" ? richText(cell) : written(cell);
}

/** @param {Cell} cell @returns {string} */
function written(cell) {
  if (cell.type === "rich_text") return richText(cell).textContent ?? "";
  return String(cell.text ?? cell.value ?? "");
}

/** @param {string} label @param {...Node} inside */
function scroller(label, ...inside) {
  return h("div.scroller", { tabindex: 0, role: "group", "aria-label": label }, inside);
}

/** @param {import("./types.js").Block} block the first row is the header @returns {HTMLElement} */
export function table(block) {
  const settings = block.column_settings ?? [];
  const style = (/** @type {number} */ column) =>
    [settings[column]?.align && `align-${settings[column].align}`, settings[column]?.is_wrapped && "wrapped"]
      .filter(Boolean)
      .join(" ") || null;
  const [head, ...body] = block.rows;
  const row = (/** @type {Cell[]} */ cells, /** @type {string} */ tag) =>
    h(
      "tr",
      {},
      cells.map((cell, column) => h(tag, { class: style(column), scope: tag === "th" ? "col" : null }, content(cell))),
    );
  return scroller(
    "Table",
    h(
      "table",
      {},
      h("thead", {}, row(head, "th")),
      h(
        "tbody",
        {},
        body.map((/** @type {Cell[]} */ cells) => row(cells, "td")),
      ),
    ),
  );
}

/** @param {import("./types.js").Block} block @returns {HTMLElement} */
export function dataTable(block) {
  const [head, ...rows] = /** @type {Cell[][]} */ (block.rows);
  const size = block.page_size ?? ROWS_PER_PAGE;
  const shown = { page: 0, column: -1, descending: false };
  const body = h("tbody");
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const place = h("span", { role: "status" });
  const headings = head.map((cell, column) =>
    h(
      "th",
      { scope: "col", class: numeric(column) },
      h("button.sort", { type: "button", onclick: () => sortBy(column) }, content(cell)),
    ),
  );
  const turn = (/** @type {number} */ by) =>
    h(
      "button.quiet",
      { type: "button", onclick: () => draw({ page: Math.min(pages - 1, Math.max(0, shown.page + by)) }) },
      by < 0 ? "Previous" : "Next",
    );
  const [previous, next] = [turn(-1), turn(1)];

  /** @param {number} column */
  function numeric(column) {
    return rows.every((row) => row[column]?.type === "raw_number") ? "align-right" : null;
  }

  /** @param {number} column */
  function sortBy(column) {
    draw({ page: 0, column, descending: shown.column === column && !shown.descending });
  }

  /** @param {Partial<typeof shown>} change */
  function draw(change) {
    Object.assign(shown, change);
    const order =
      shown.column < 0
        ? rows
        : rows.toSorted(
            (a, b) => NUMERIC.compare(written(a[shown.column]), written(b[shown.column])) * (shown.descending ? -1 : 1),
          );
    const from = shown.page * size;
    body.replaceChildren(...order.slice(from, from + size).map((cells) => h("tr", {}, cells.map(cellNode))));
    headings.forEach((node, column) =>
      node.setAttribute("aria-sort", column !== shown.column ? "none" : shown.descending ? "descending" : "ascending"),
    );
    place.textContent = `${from + 1}–${Math.min(rows.length, from + size)} of ${rows.length}`;
    [previous.disabled, next.disabled] = [shown.page === 0, shown.page === pages - 1];
  }

  /** @param {Cell} cell @param {number} column */
  function cellNode(cell, column) {
    const rowHeader = column === (block.row_header_column_index ?? 0);
    return h(rowHeader ? "th" : "td", { scope: rowHeader ? "row" : null, class: numeric(column) }, content(cell));
  }

  draw({});
  const paging = pages > 1 && h("div.paging", {}, previous, place, next);
  return h(
    "div",
    {},
    scroller(
      block.caption,
      h("table", {}, h("caption", {}, block.caption), h("thead", {}, h("tr", {}, headings)), body),
    ),
    paging,
  );
}
