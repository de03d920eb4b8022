/**
 * @file The form that breaks something: what, for which method, how often.
 */

import { explain, send } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./toast.js";

/** What each fault wants to know; those with a method befall Web API calls, the others the way to the app. */
const KINDS = /** @type {Record<string, string[]>} */ ({
  ratelimited: ["method", "count", "retry_after"],
  http_500: ["method", "count"],
  latency: ["method", "count", "seconds"],
  hang: ["method", "count"],
  reset_before: ["method", "count"],
  reset_after: ["method", "count"],
  error: ["method", "count", "error"],
  duplicate_delivery: ["count"],
  late_delivery: ["count", "seconds"],
  drop_ack: ["count"],
  disconnect: ["reason"],
  freeze_socket: ["seconds"],
  token_revoked: [],
  plan_free: [],
});
const FIELDS = /** @type {Record<string, () => HTMLElement>} */ ({
  method: () => labelled("Method, or * for any", h("input.field", { name: "method", value: "*", autocomplete: "off" })),
  count: () => number("count", "Times", 1),
  retry_after: () => number("retry_after", "Retry-After, seconds", 1),
  seconds: () => number("seconds", "Seconds", 2),
  error: () => labelled("Error", h("input.field", { name: "error", value: "fatal_error" })),
  reason: () => labelled("Reason", h("select.field", { name: "reason" }, REASONS.map(choice))),
});
const REASONS = ["warning", "refresh_requested", "link_disabled", "too_many_websockets"];

/** @param {string} label @param {HTMLElement} control */
export function labelled(label, control) {
  return h("label.stack", {}, label, control);
}

/** @param {string} name @param {string} label @param {number} value */
function number(name, label, value) {
  return labelled(label, h("input.field", { name, type: "number", value, min: 0, step: "any" }));
}

/** @param {string} name */
function choice(name) {
  return h("option", {}, name);
}

/** @returns {HTMLElement} */
export function faults() {
  const names = Object.keys(KINDS);
  const calls = names.filter((name) => KINDS[name].includes("method"));
  const others = names.filter((name) => !calls.includes(name));
  const kind = h(
    "select.field",
    { name: "kind", onchange: ask },
    h("optgroup", { label: "Web API calls" }, calls.map(choice)),
    h("optgroup", { label: "Delivery to the app" }, others.map(choice)),
  );
  const details = h("div.details");
  const status = h("p.note", { role: "status" });
  const buttons = [
    h("button.button.primary", { type: "submit" }, "Queue"),
    h("button.button", { type: "button", onclick: clear }, "Clear all"),
  ];

  function ask() {
    details.replaceChildren(...KINDS[kind.value].map((name) => FIELDS[name]()));
  }

  /** @param {Event} event */
  async function queue(event) {
    event.preventDefault();
    const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (details.querySelectorAll("input, select"));
    const given = [...inputs].map(({ name, type, value }) => [name, type === "number" ? Number(value) : value]);
    const answer = await send("POST", "faults", { kind: kind.value, ...Object.fromEntries(given) });
    report(answer, `Queued: ${kind.value}.`);
  }

  async function clear() {
    report(await send("DELETE", "faults"), "Nothing is broken any more.");
  }

  /** @param {any} answer @param {string} done */
  function report(answer, done) {
    if (answer.ok) status.textContent = done;
    else toast(explain(answer));
  }

  ask();
  return h(
    "section",
    { "aria-labelledby": "faults-title" },
    h("h3", { id: "faults-title" }, "Break something"),
    h("form.faults", { onsubmit: queue }, labelled("What", kind), details, h("div.row", {}, buttons)),
    status,
  );
}
