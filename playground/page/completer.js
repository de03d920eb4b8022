/**
 * @file The list of suggestions over a text field: arrows move, Tab or Enter takes one, Escape closes.
 */

import { suggestions } from "./completion.js";
import { h, uid } from "./dom.js";

/** @typedef {import("./completion.js").Suggestion} Suggestion */

/**
 * @param {HTMLTextAreaElement} field
 * @param {boolean} inThread
 * @param {() => void} changed called after a suggestion was taken
 * @returns {{list: HTMLElement, look: () => void, close: () => void, key: (event: KeyboardEvent) => boolean}}
 *   look: after typing; key: whether the list used the key
 */
export function completer(field, inThread, changed) {
  const id = uid("completion");
  let active = 0;
  let from = 0;
  /** @type {Suggestion[]} */
  let items = [];
  const list = h("div.completion", {
    id,
    role: "listbox",
    "aria-label": "Suggestions",
    hidden: true,
    onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
  });
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", id);

  function look() {
    ({ from, items } = suggestions(field.value.slice(0, field.selectionStart), inThread));
    active = 0;
    draw();
  }

  function close() {
    items = [];
    draw();
  }

  function draw() {
    const open = items.length > 0;
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (open) field.setAttribute("aria-activedescendant", `${id}-${active}`);
    else field.removeAttribute("aria-activedescendant");
    list.replaceChildren(...items.map(option));
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Suggestion} one @param {number} index */
  function option(one, index) {
    const chosen = index === active;
    return h(
      "div.option",
      {
        id: `${id}-${index}`,
        role: "option",
        "aria-selected": String(chosen),
        class: chosen ? "active" : null,
        onclick: () => take(index),
      },
      h("span.label", {}, one.label),
      one.hint && h("code.usage-hint", {}, one.hint),
      one.detail && h("span.detail", {}, one.detail),
    );
  }

  /** @param {number} index */
  function take(index) {
    const start = field.value.slice(0, from) + items[index].insert;
    field.value = start + field.value.slice(field.selectionStart);
    field.setSelectionRange(start.length, start.length);
    field.focus();
    changed();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (!items.length) return false;
    const step = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 })[event.key];
    if (step) {
      active = (active + step + items.length) % items.length;
      draw();
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) take(active);
    else if (event.key === "Escape") close();
    else return false;
    return true;
  }

  return { list, look, close, key };
}
