/**
 * @file The composer, of the channel and of the thread: completion, files, shortcuts, sending.
 */

import { act, explain } from "./api.js";
import { commandOf, suggestions } from "./completion.js";
import { h, uid } from "./dom.js";
import { upload } from "./files.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { channel, channelName, state } from "./store.js";
import { toast } from "./toast.js";

/** @typedef {import("./completion.js").Suggestion} Suggestion */

/**
 * @param {HTMLElement} place where it is built
 * @param {boolean} inThread
 * @returns {{refresh: () => void, write: (text: string) => void}} refresh: after the state changed; write: put a draft into it
 */
export function composer(place, inThread) {
  const id = uid("completion");
  let active = 0;
  let from = 0;
  /** @type {Suggestion[]} */
  let items = [];
  const field = h("textarea", { rows: 1, role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list", autocomplete: "off", oninput: changed, onkeydown: keys, onblur: close, onclick: changed });
  const list = h("div.completion", { id, role: "listbox", "aria-label": "Suggestions", hidden: true, onpointerdown: (/** @type {Event} */ event) => event.preventDefault() });
  const usage = h("p.usage", { hidden: true, role: "status" });
  const sender = h("button.icon-button.send", { type: "submit", "aria-label": "Send", title: "Send" }, icon("send"));
  const attach = h("button.icon-button", { type: "button", "aria-label": "Share a file", title: "Share a file", onclick: () => upload(state.place, thread()) }, icon("clip"));
  const bolt = h("button.icon-button", { type: "button", "aria-label": "Shortcuts", title: "Shortcuts", "aria-haspopup": "menu", "aria-expanded": "false", onclick: shortcuts }, icon("bolt"));
  const form = h("form.composer", { onsubmit: submit }, list, usage, h("div.box", {}, bolt, field, attach, sender));
  const joiner = h("div.join", {}, h("p", {}, "You are looking in from outside."), h("button.button.primary", { type: "button", onclick: join }, "Join"));
  place.replaceChildren(form, joiner);

  function thread() {
    return inThread ? state.thread : "";
  }

  function changed() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, window.innerHeight * 0.4)}px`;
    ({ from, items } = suggestions(field.value.slice(0, field.selectionStart), inThread));
    active = 0;
    draw();
    const command = inThread ? undefined : commandOf(field.value);
    usage.hidden = !command || items.length > 0;
    usage.replaceChildren(...(command ? [h("code", {}, `${command.command} ${command.usage_hint ?? ""}`), ` ${command.description}`] : []));
  }

  function draw() {
    const open = items.length > 0;
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (open) field.setAttribute("aria-activedescendant", `${id}-${active}`);
    else field.removeAttribute("aria-activedescendant");
    list.replaceChildren(...items.map((one, index) =>
      h("div.option", { id: `${id}-${index}`, role: "option", "aria-selected": String(index === active), class: index === active ? "active" : null, onclick: () => accept(index) }, h("span.label", {}, one.label), one.hint && h("code.usage-hint", {}, one.hint), one.detail && h("span.detail", {}, one.detail))));
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    items = [];
    draw();
  }

  /** @param {number} index */
  function accept(index) {
    const after = field.value.slice(field.selectionStart);
    const start = field.value.slice(0, from) + items[index].insert;
    field.value = start + after;
    field.setSelectionRange(start.length, start.length);
    field.focus();
    changed();
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.isComposing) return;
    const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
    if (items.length && step) {
      active = (active + step + items.length) % items.length;
      draw();
    } else if (items.length && (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey))) accept(active);
    else if (items.length && event.key === "Escape") close();
    else if (event.key === "Enter" && !event.shiftKey) form.requestSubmit();
    else return;
    event.preventDefault();
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text || field.readOnly) return;
    busy(true);
    const answer = await act("type", { channel: state.place, text, thread_ts: thread() || undefined });
    busy(false);
    if (!answer.ok) toast(explain(answer));
    // Text that did not arrive stays, to be sent again.
    if (answer.ok && !answer.error) write("");
  }

  /** @param {boolean} on */
  function busy(on) {
    field.readOnly = on;
    form.toggleAttribute("aria-busy", on);
  }

  /** @param {string} text */
  function write(text) {
    field.value = text;
    field.setSelectionRange(text.length, text.length);
    changed();
  }

  function shortcuts() {
    const found = (state.data?.shortcuts ?? []).filter((one) => one.type === "global");
    const items = found.map((one) => ({ label: one.name, detail: one.description, run: () => run(one.callback_id) }));
    if (items.length) menu(bolt, "Shortcuts", items);
    else toast("The app has no shortcuts.");
  }

  /** @param {string} callbackId */
  async function run(callbackId) {
    const answer = await act("shortcut", { callback_id: callbackId });
    if (!answer.ok) toast(explain(answer));
  }

  async function join() {
    const answer = await act("join", { channel: state.place });
    if (!answer.ok) toast(explain(answer));
  }

  function refresh() {
    const one = channel(state.place);
    const outside = one?.is_member === false;
    form.hidden = !one || one.is_archived || outside;
    joiner.hidden = !one || one.is_archived || !outside;
    const name = one ? `${one.is_im ? "" : "#"}${channelName(one)}` : "";
    field.placeholder = inThread ? "Reply…" : `Message ${name}`;
    field.setAttribute("aria-label", inThread ? "Reply in the thread" : `Message ${name}`);
  }

  return { refresh, write: (text) => (write(text), field.focus()) };
}
