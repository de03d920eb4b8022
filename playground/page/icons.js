/**
 * @file The page's own line drawings, 20 by 20, coloured by the text around them.
 */

import { h, svg } from "./dom.js";

const PATHS = /** @type {Record<string, string>} */ ({
  hash: "M8 3 6.5 17M13.5 3 12 17M3.5 7.5h14M2.5 12.5h14",
  lock: "M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  plus: "M10 4v12M4 10h12",
  bolt: "M11 2 4 11.5h5L8.5 18 16 8.5h-5z",
  clip: "m7 10.5 4.8-4.8a2.5 2.5 0 0 1 3.5 3.5l-6.4 6.4a4 4 0 0 1-5.7-5.7L9.5 3.6",
  send: "M3 10 17 3.5 12.5 17l-3-5.5zM9.5 11.5 17 3.5",
  pin: "M7 3h6M8 3v5l-2.5 3h9L12 8V3M10 11v6",
  smile: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM6.8 11.8a3.7 3.7 0 0 0 6.4 0M7.5 8v.1M12.5 8v.1",
  reply: "M4 4h12v9H9.5L6 16.5V13H4z",
  dots: "M4.5 9.3v1.4M10 9.3v1.4M15.5 9.3v1.4M3.8 10h1.4M9.3 10h1.4M14.8 10h1.4",
  close: "m5 5 10 10M15 5 5 15",
  back: "M12.5 4 6.5 10l6 6",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  half: "M10 2.5a7.5 7.5 0 1 0 0 15zM10 2.5a7.5 7.5 0 0 1 0 15",
  tools: "m3.5 16.5 6-6M12 3.5a4 4 0 0 0-3 5.5l2 2a4 4 0 0 0 5.5-3L14 8.5 11.5 6z",
  bookmark: "M5.5 3h9v14L10 13.5 5.5 17z",
  chevron: "m5.5 8 4.5 4.5L14.5 8",
  down: "M10 4v12M5 11l5 5 5-5",
  anchor:
    "M10 6.5V17M10 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 9.5h6M3 11.5c.3 3.5 3.2 5.5 7 5.5s6.7-2 7-5.5M3 11.5l-1 2M3 11.5l2 1.3M17 11.5l1 2M17 11.5l-2 1.3",
  file: "M5 2.5h6.5L15.5 6.5v11H5zM11.5 2.5v4h4",
  people:
    "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5M13 3.8a3 3 0 0 1 0 5.4M15 12.5c2 .6 3 2 3 4",
});

/** @param {string} name */
export function icon(name) {
  return svg(
    "svg.icon",
    { viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  );
}

/**
 * A button that is only a drawing; its name is read aloud and shown on hover.
 * @param {string} name of the drawing
 * @param {string} label
 * @param {() => void} run
 * @param {Record<string, any>} [more] attributes
 */
export function iconButton(name, label, run, more = {}) {
  return h(
    "button.icon-button",
    { type: "button", "aria-label": label, title: label, onclick: run, ...more },
    icon(name),
  );
}

/** What a button says of the menu or the panel that it opens. @param {"menu"|"dialog"} kind */
export function opens(kind) {
  return { "aria-haspopup": kind, "aria-expanded": "false" };
}
