/**
 * @file Popovers beside what opened them: menus, and whatever else fits a small panel.
 */

import { h } from "./dom.js";

const MARGIN = 8;
const GAP = 4;

/** @typedef {{label: import("./dom.js").Child, detail?: string, run: () => void}} Item */

/**
 * Place a popover under its anchor, or over it where there is more room; never outside the window.
 * @param {HTMLElement} node
 * @param {HTMLElement} anchor
 */
export function place(node, anchor) {
  const at = anchor.getBoundingClientRect();
  const [width, height] = [node.offsetWidth + MARGIN, node.offsetHeight + MARGIN];
  const above = at.bottom + height > innerHeight && at.top > innerHeight - at.bottom;
  const top = above ? at.top - node.offsetHeight - GAP : Math.min(at.bottom + GAP, innerHeight - height);
  node.style.left = `${Math.max(MARGIN, Math.min(at.left, innerWidth - width))}px`;
  node.style.top = `${Math.max(MARGIN, top)}px`;
}

/**
 * Show `content` beside `anchor` until Escape, a click elsewhere, or `close`.
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @returns {() => void} close
 */
export function popover(anchor, content) {
  content.setAttribute("popover", "auto");
  content.classList.add("popover");
  // Everything outside an open dialog is inert, so a popover of the dialog must lie inside it.
  (anchor.closest("dialog") ?? document.body).append(content);
  content.showPopover();
  place(content, anchor);
  anchor.setAttribute("aria-expanded", "true");
  content.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    if (content.contains(document.activeElement)) anchor.focus();
    content.remove();
  });
  return () => content.hidePopover();
}

/**
 * A menu; arrow keys move, Home and End jump, Enter runs.
 * @param {HTMLElement} anchor
 * @param {string} label
 * @param {Item[]} items
 * @param {string} [kind] a class: "grid" lays the items out in rows
 */
export function menu(anchor, label, items, kind = "list") {
  const buttons = items.map((item) => {
    const run = () => {
      close();
      item.run();
    };
    return h(
      "button",
      { type: "button", role: "menuitem", tabindex: -1, onclick: run },
      h("span.label", {}, item.label),
      item.detail && h("span.detail", {}, item.detail),
    );
  });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const here = buttons.indexOf(document.activeElement);
    const step = /** @type {Record<string, number>} */ ({
      ArrowDown: here + 1,
      ArrowRight: here + 1,
      ArrowUp: here - 1,
      ArrowLeft: here - 1,
      Home: 0,
      End: -1,
    })[event.key];
    if (step === undefined) return;
    event.preventDefault();
    buttons.at(step % buttons.length)?.focus();
  };
  const close = popover(anchor, h(`div.menu.${kind}`, { role: "menu", "aria-label": label, onkeydown: keys }, buttons));
  buttons[0]?.focus();
}
