/**
 * @file Avatars: initials on a person's colour, an anchor for the app.
 */

import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Decoration only: the name stands beside it.
 * @param {{name: string, color: string, isApp?: boolean}} who
 * @param {"small"|""} [size]
 */
export function avatar({ name, color, isApp = false }, size = "") {
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const node = h("span.avatar", { "aria-hidden": "true", class: size || null }, isApp ? icon("anchor") : initials);
  node.style.setProperty("--colour", /^#?[0-9a-f]{6}$/i.test(color) ? `#${color.replace("#", "")}` : "var(--navy)");
  return node;
}
