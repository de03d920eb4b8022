/**
 * @file The Developer drawer: the Web API calls as they come, faults on demand, the clock's speed.
 */

import { explain, read, send } from "./api.js";
import { byId, h, reconcile } from "./dom.js";
import { state } from "./store.js";
import { toast } from "./toast.js";

const POLL_MS = 1500;
const CALL_FAULTS = ["ratelimited", "http_500", "latency", "hang", "reset_before", "reset_after", "error"];
const DELIVERY_FAULTS = ["duplicate_delivery", "late_delivery", "drop_ack", "disconnect", "freeze_socket", "token_revoked", "plan_free"];
const METHODS = ["*", "chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.update", "views.publish", "conversations.create", "users.info", "usergroups.users.list"];
const REASONS = ["warning", "refresh_requested", "link_disabled", "too_many_websockets"];
const SCALES = [1, 2, 10, 60, 600];

let timer = 0;

/** Build the drawer and make its button open it. @param {HTMLElement} opener */
export function developer(opener) {
  const drawer = byId("developer");
  byId("developer-body").replaceChildren(faults(), clock(), log());
  const toggle = (/** @type {boolean} */ open) => {
    drawer.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    clearInterval(timer);
    if (!open) return opener.focus();
    byId("clock").value = String(state.data?.clock.scale ?? 1);
    poll();
    timer = window.setInterval(poll, POLL_MS);
    byId("developer-close").focus();
  };
  opener.addEventListener("click", () => toggle(drawer.hidden));
  byId("developer-close").addEventListener("click", () => toggle(false));
  drawer.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && toggle(false));
}

/** @param {string} label @param {HTMLElement} control */
function labelled(label, control) {
  return h("label.stack", {}, label, control);
}

/** @param {string} name @param {string[]} options */
function dropdown(name, options) {
  return h("select.field", { name }, options.map((one) => h("option", { value: one }, one)));
}

function faults() {
  const kind = h("select.field", { name: "kind" }, h("optgroup", { label: "Web API calls" }, CALL_FAULTS.map((one) => h("option", {}, one))), h("optgroup", { label: "Delivery to the app" }, DELIVERY_FAULTS.map((one) => h("option", {}, one))));
  const method = h("input.field", { name: "method", value: "*", list: "methods", autocomplete: "off" });
  const number = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ step) => h("input.field", { name, type: "number", value, min: 0, step });
  const rows = /** @type {Record<string, HTMLElement>} */ ({
    method: labelled("Method", method),
    retry_after: labelled("Retry-After, s", number("retry_after", "1", "1")),
    seconds: labelled("Seconds", number("seconds", "2", "0.5")),
    error: labelled("Error", h("input.field", { name: "error", value: "fatal_error" })),
    reason: labelled("Reason", dropdown("reason", REASONS)),
    count: labelled("Times", number("count", "1", "1")),
  });
  const needed = () => {
    const [chosen, call] = [kind.value, CALL_FAULTS.includes(kind.value)];
    const shown = { method: call, retry_after: chosen === "ratelimited", seconds: ["latency", "late_delivery", "freeze_socket"].includes(chosen), error: chosen === "error", reason: chosen === "disconnect", count: call || ["duplicate_delivery", "late_delivery", "drop_ack"].includes(chosen) };
    for (const [name, needs] of Object.entries(shown)) rows[name].hidden = !needs;
  };
  kind.addEventListener("change", needed);
  needed();
  const status = h("p.note", { role: "status" });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(rows).filter(([, row]) => !row.hidden).map(([name, row]) => [name, /** @type {any} */ (row.querySelector("input, select")).value]));
    for (const name of ["retry_after", "seconds", "count"]) if (name in given) given[name] = Number(given[name]);
    report(await send("POST", "faults", { kind: kind.value, ...given }), `Queued: ${kind.value}.`);
  };
  const report = (/** @type {any} */ answer, /** @type {string} */ done) => (answer.ok ? (status.textContent = done) : toast(explain(answer)));
  const clear = async () => report(await send("DELETE", "faults"), "Nothing is broken any more.");
  return h("section", { "aria-labelledby": "faults-title" }, h("h3", { id: "faults-title" }, "Break something"), h("form.faults", { onsubmit: submit }, labelled("What", kind), Object.values(rows), h("datalist", { id: "methods" }, METHODS.map((one) => h("option", { value: one }))), h("div.row", {}, h("button.button.primary", { type: "submit" }, "Queue"), h("button.button", { type: "button", onclick: clear }, "Clear all"))), status);
}

function clock() {
  const set = async (/** @type {Event} */ event) => {
    const scale = Number(/** @type {HTMLSelectElement} */ (event.target).value);
    const answer = await send("POST", "clock", { scale });
    if (!answer.ok) toast(explain(answer));
  };
  const choice = h("select.field", { id: "clock", onchange: set }, SCALES.map((one) => h("option", { value: one }, one === 1 ? "as it is" : `${one} times as fast`)));
  return h("section", { "aria-labelledby": "clock-title" }, h("h3", { id: "clock-title" }, "Time"), labelled("The workspace's waiting (retries, rate limits, expiries) passes", choice));
}

function log() {
  return h("section.log", { "aria-labelledby": "log-title" }, h("h3", { id: "log-title" }, "Web API calls"), h("ol", { id: "calls", tabindex: 0, "aria-label": "Web API calls, newest first" }));
}

async function poll() {
  const { calls = [] } = await read("api_log");
  reconcile(byId("calls"), calls.map((/** @type {any} */ call, /** @type {number} */ index) => ({ key: `${call.at}/${call.method}/${index}`, signature: String(call.status), build: () => callNode(call) })).reverse());
}

/** @param {any} call */
function callNode(call) {
  const at = typeof call.at === "number" ? new Date(call.at * 1000) : new Date(call.at);
  return h("li", { class: call.ok ? null : "failed" }, h("details", {}, h("summary", {}, h("time", {}, at.toISOString().slice(11, 23)), h("code", {}, call.method), h("span.outcome", {}, call.ok ? "ok" : (call.error ?? call.status))), h("pre", { tabindex: 0 }, JSON.stringify(call.args, null, 2))));
}
