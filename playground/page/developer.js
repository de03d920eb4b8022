/**
 * @file The Developer drawer: the Web API calls as they come, faults on demand, the clock's speed.
 */

import { explain, read, send } from "./api.js";
import { byId, h, reconcile } from "./dom.js";
import { faults, labelled } from "./faults.js";
import { state } from "./store.js";
import { toast } from "./toast.js";

const POLL_MS = 1500;
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

function clock() {
  const set = async (/** @type {Event} */ event) => {
    const scale = Number(/** @type {HTMLSelectElement} */ (event.target).value);
    const answer = await send("POST", "clock", { scale });
    if (!answer.ok) toast(explain(answer));
  };
  const choice = h(
    "select.field",
    { id: "clock", onchange: set },
    SCALES.map((one) => h("option", { value: one }, one === 1 ? "as it is" : `${one} times as fast`)),
  );
  return h(
    "section",
    { "aria-labelledby": "clock-title" },
    h("h3", { id: "clock-title" }, "Time"),
    labelled("The workspace's waiting (retries, rate limits, expiries) passes", choice),
  );
}

function log() {
  return h(
    "section.log",
    { "aria-labelledby": "log-title" },
    h("h3", { id: "log-title" }, "Web API calls"),
    h("ol", { id: "calls", tabindex: 0, "aria-label": "Web API calls, newest first" }),
  );
}

async function poll() {
  const { calls = [] } = await read("api_log");
  reconcile(
    byId("calls"),
    calls
      .map((/** @type {any} */ call, /** @type {number} */ index) => ({
        key: `${call.at}/${call.method}/${index}`,
        signature: String(call.status),
        build: () => callNode(call),
      }))
      .reverse(),
  );
}

/** @param {any} call */
function callNode(call) {
  const at = typeof call.at === "number" ? new Date(call.at * 1000) : new Date(call.at);
  return h(
    "li",
    { class: call.ok ? null : "failed" },
    h(
      "details",
      {},
      h(
        "summary",
        {},
        h("time", {}, at.toISOString().slice(11, 23)),
        h("code", {}, call.method),
        h("span.outcome", {}, call.ok ? "ok" : (call.error ?? call.status)),
      ),
      h("pre", { tabindex: 0 }, JSON.stringify(call.args, null, 2)),
    ),
  );
}
