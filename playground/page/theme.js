/**
 * @file Light, dark, or as the system has it.
 */

import { icon } from "./icons.js";

const KEY = "theme";
const NEXT = /** @type {Record<string, string>} */ ({ system: "light", light: "dark", dark: "system" });
const ICONS = /** @type {Record<string, string>} */ ({ system: "half", light: "sun", dark: "moon" });

/** @param {HTMLElement} button turns through the three */
export function theme(button) {
  const show = (/** @type {string} */ name) => {
    document.documentElement.dataset.theme = name;
    button.replaceChildren(icon(ICONS[name]));
    const words = `Theme: ${name}. Change to ${NEXT[name]}`;
    button.setAttribute("aria-label", words);
    button.title = words;
  };
  button.addEventListener("click", () => {
    const next = NEXT[document.documentElement.dataset.theme ?? "system"];
    localStorage.setItem(KEY, next);
    show(next);
  });
  show(localStorage.getItem(KEY) ?? "system");
}
