/**
 * @file Short notices: toasts for what went wrong, and words for screen readers.
 */

import { byId, h } from "./dom.js";
import { iconButton } from "./icons.js";

const SHOWN_MS = 8000;

/**
 * Tell of something that went wrong: in the open modal, outside of which nothing can be reached, else at the corner.
 * @param {string} text
 */
export function toast(text) {
  const line = document.querySelector("dialog.modal[open] .failure");
  if (line) {
    line.textContent = text;
    return;
  }
  const shelf = byId("toasts");
  const note = h(
    "div.toast",
    { role: "alert" },
    h("p", {}, text),
    iconButton("close", "Dismiss", () => drop(note)),
  );
  shelf.append(note);
  if (!shelf.matches(":popover-open")) shelf.showPopover();
  setTimeout(() => drop(note), SHOWN_MS);
}

/** @param {HTMLElement} note */
function drop(note) {
  note.remove();
  const shelf = byId("toasts");
  if (!shelf.childElementCount && shelf.matches(":popover-open")) shelf.hidePopover();
}

/** Tell screen readers, politely. @param {string} text */
export function announce(text) {
  byId("live").textContent = text;
}
