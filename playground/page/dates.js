/**
 * @file Instants as people read them, in the viewer's zone.
 *
 * Date words: docs.slack.dev, "Formatting text for app surfaces".
 */

import { h } from "./dom.js";
import { zone } from "./store.js";

const LOCALE = "en-GB";
const DAY_MS = 86_400_000;
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

const DAY = /** @type {Record<string, Intl.DateTimeFormatOptions>} */ ({
  date: { day: "numeric", month: "long", year: "numeric" },
  date_short: { day: "numeric", month: "short", year: "numeric" },
  date_long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
});
const CLOCK = /** @type {Record<string, Intl.DateTimeFormatOptions>} */ ({
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
});
const STEPS = /** @type {[number, number, Intl.RelativeTimeFormatUnit][]} */ ([
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86_400, 3600, "hour"],
  [Infinity, 86_400, "day"],
]);

/** @param {Date} at @param {Intl.DateTimeFormatOptions} options */
function format(at, options) {
  const key = JSON.stringify([zone(), options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(LOCALE, { timeZone: zone(), ...options });
  formats.set(key, known);
  return known.format(at);
}

/** @param {Date} at a day as "2026-11-20", which sorts and compares */
export function dayOf(at) {
  return format(at, { year: "numeric", month: "2-digit", day: "2-digit" }).split("/").reverse().join("-");
}

/** @param {Date} at */
function nearDay(at) {
  const days = Math.round((Date.parse(dayOf(at)) - Date.parse(dayOf(new Date()))) / DAY_MS);
  return /** @type {Record<number, string>} */ ({ [-1]: "yesterday", 0: "today", 1: "tomorrow" })[days];
}

/** @param {Date} at */
export function ago(at) {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const [, size, unit] = STEPS.find(([limit]) => Math.abs(seconds) < limit) ?? STEPS[3];
  return new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/**
 * @param {string} word without braces
 * @param {Date} at
 * @returns {string} the word itself when Slack has no such word
 */
function expand(word, at) {
  const name = word.replace(/_pretty$/, "");
  if (name in DAY) return (name !== word && nearDay(at)) || format(at, DAY[name]);
  if (name in CLOCK) return format(at, CLOCK[name]);
  if (word === "date_num") return dayOf(at);
  if (word === "date_slash") return dayOf(at).replaceAll("-", "/");
  if (name === "day_divider") return dayDivider(at);
  return word === "ago" ? ago(at) : `{${word}}`;
}

/**
 * @param {Date} at
 * @param {string} form such as "{date_short_pretty} at {time}"
 */
export function formatted(at, form) {
  return form.replace(/\{(\w+)\}/g, (_, word) => expand(word, at));
}

/** @param {Date} at */
export function dayDivider(at) {
  const near = nearDay(at);
  return near ? near[0].toUpperCase() + near.slice(1) : format(at, { weekday: "long", day: "numeric", month: "long" });
}

/** @param {string} ts a message's timestamp: seconds since 1970 */
export function instant(ts) {
  return new Date(Number(ts) * 1000);
}

/**
 * A <time> that shows `form` and tells the full date and the zone on hover. `{ago}` stays true: see `keepFresh`.
 * @param {Date} at
 * @param {string} form
 */
export function timeNode(at, form) {
  if (Number.isNaN(at.getTime())) return h("span", {}, form);
  const full = `${format(at, { ...DAY.date_long, ...CLOCK.time_secs })} (${zone()})`;
  const moving = form.includes("{ago}") && form;
  return h("time", { datetime: at.toISOString(), title: full, "data-form": moving }, formatted(at, form));
}

/** Re-read every `{ago}` on the page twice a minute. */
export function keepFresh() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-form]")) {
      node.textContent = formatted(new Date(node.getAttribute("datetime") ?? ""), node.getAttribute("data-form") ?? "");
    }
  }, 30_000);
}
