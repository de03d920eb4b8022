/**
 * @file Where we are, kept in the URL: `#/<person>/<channel or home>/<thread>`. Reload, back and bookmarks work by it.
 */

import { state } from "./store.js";

const FIRST_PERSON = "U0DANA";

/** @param {string} hash @returns {{who: string, place: string, thread: string}} */
export function parseRoute(hash) {
  const [, who, place, thread] = hash.split("/").map(decodeURIComponent);
  return { who: who || FIRST_PERSON, place: place || "", thread: thread || "" };
}

/**
 * The address of a place; what is not given stays as it is, except that a thread belongs to its channel.
 * @param {{who?: string, place?: string, thread?: string}} to
 */
export function routeTo({ who = state.who, place = state.place, thread = "" }) {
  return `#/${[who, place, thread].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

/** @param {{who?: string, place?: string, thread?: string}} to */
export function go(to) {
  location.hash = routeTo(to);
}
