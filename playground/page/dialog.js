/**
 * @file Questions in a dialog: confirmations of Block Kit elements, and the page's own small forms.
 */

import { h, uid } from "./dom.js";
import { plainNodes, textNodes } from "./mrkdwn.js";

/** @typedef {import("./dom.js").Child} Child */

/**
 * Show a dialog until it is answered.
 * @param {{title: Child, body: Child, yes: Child, no: Child, danger?: boolean}} asked
 * @returns {Promise<boolean>} true only for the confirming button; Escape declines
 */
export function ask({ title, body, yes, no, danger = false }) {
  const id = uid("question");
  const dialog = h(
    "dialog.question",
    { "aria-labelledby": id },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id }, title),
      h("div.text", {}, body),
      h(
        "div.row.end",
        {},
        h("button.button", { type: "button", autofocus: danger, onclick: () => dialog.close("no") }, no),
        h("button.button", { value: "yes", class: danger ? "danger" : "primary", autofocus: !danger }, yes),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/** @param {any} confirm a confirmation dialog object of Block Kit */
export function confirmed(confirm) {
  return ask({
    title: plainNodes(confirm.title?.text ?? "Are you sure?"),
    body: textNodes(confirm.text),
    yes: plainNodes(confirm.confirm?.text ?? "Yes"),
    no: plainNodes(confirm.deny?.text ?? "No"),
    danger: confirm.style === "danger",
  });
}
