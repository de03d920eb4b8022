/**
 * @file Modals: the stack of views, their inputs, what is wrong with them, sending and closing.
 */

import { act, explain } from "./api.js";
import { blockNodes } from "./blocks.js";
import { h } from "./dom.js";
import { iconButton } from "./icons.js";
import { plainNodes } from "./mrkdwn.js";
import { state } from "./store.js";
import { surface } from "./surface.js";
import { tell } from "./tell.js";
import { toast } from "./toast.js";
import { elementsOf, lacking } from "./values.js";

/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Picked} Picked */

/** @type {HTMLDialogElement|null} */
let dialog = null;
let drawn = "";
/** @typedef {Record<string, Record<string, Picked>>} Values by block and action */
/** What was entered, by view; an update of the view keeps it. @type {Map<string, Values>} */
const entered = new Map();

/** Show the top of the stack, or nothing. */
export function renderModal() {
  const view = state.views.at(-1);
  for (const id of entered.keys()) if (!state.views.some((one) => one.id === id)) entered.delete(id);
  const signature = view ? `${view.id}/${JSON.stringify(view)}/${state.views.length}` : "";
  if (signature === drawn) return;
  drawn = signature;
  if (!view) return dismiss();
  dialog ??= open();
  const focus = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset.focus;
  dialog.setAttribute("aria-label", view.title.text);
  dialog.replaceChildren(form(view));
  const again = focus ? dialog.querySelector(`[data-focus="${CSS.escape(focus)}"]`) : null;
  const first =
    again ??
    dialog.querySelector("[data-autofocus]") ??
    dialog.querySelector(".content input, .content textarea") ??
    dialog.querySelector("button");
  /** @type {HTMLElement|null} */ (first)?.focus();
}

function open() {
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    close(state.views[0], true);
  };
  // Pressed twice, Escape closes a dialog whatever its page says; the views go with it.
  const closed = () => state.views.length && close(state.views[0], true);
  const made = /** @type {HTMLDialogElement} */ (h("dialog.modal", { oncancel: cancel, onclose: closed }));
  document.body.append(made);
  made.showModal();
  return made;
}

function dismiss() {
  dialog?.close();
  dialog?.remove();
  dialog = null;
}

/** @param {View} view @param {boolean} all the whole stack, not only what lies on top */
function close(view, all) {
  tell("close", { view_id: view.id, all });
}

/** @param {View} view */
function form(view) {
  const values = entered.get(view.id) ?? {};
  entered.set(view.id, values);
  const where = surface("modal", { view_id: view.id }, values);
  const nested = state.views.length > 1;
  const node = h(
    "form",
    {
      novalidate: true,
      "data-view": view.id,
      onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), submit(view, node, where)),
    },
    h(
      "header",
      {},
      nested && iconButton("back", "Back", () => close(view, false)),
      h("h2", {}, plainNodes(view.title.text)),
      iconButton("close", "Close", () => close(state.views[0], true)),
    ),
    h("div.content", { tabindex: -1 }, blockNodes(view.blocks, where)),
    h(
      "footer",
      {},
      h("p.failure", { role: "alert" }),
      h(
        "button.button",
        { type: "button", onclick: () => close(view, false) },
        plainNodes(view.close?.text ?? "Close"),
      ),
      view.submit &&
        h("button.button.primary", { type: "submit", "data-focus": "submit" }, plainNodes(view.submit.text)),
    ),
  );
  return node;
}

/**
 * @param {View} view
 * @param {HTMLElement} node
 * @param {import("./types.js").Surface} where
 */
async function submit(view, node, where) {
  if (node.hasAttribute("aria-busy")) return;
  const wrong = lacking(view.blocks, where.held);
  showErrors(node, wrong);
  /** @type {Element} */ (node.querySelector(".failure")).textContent = "";
  if (Object.keys(wrong).length) return;
  /** @type {Record<string, Record<string, Picked>>} */
  const values = {};
  for (const block of view.blocks)
    for (const element of elementsOf(block))
      if (element.type !== "button") (values[block.block_id] ??= {})[element.action_id] = where.held(block, element);
  node.setAttribute("aria-busy", "true");
  const answer = await act("submit", { view_id: view.id, values });
  node.removeAttribute("aria-busy");
  // What is wrong with the input comes as view_errors, what went wrong on the way as a toast.
  if (!answer.ok && answer.error !== "invalid_input") toast(explain(answer));
}

/** @param {HTMLElement} node @param {Record<string, string>} errors by block id; none clears them */
function showErrors(node, errors) {
  for (const block of /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(".input"))) {
    const text = errors[block.dataset.block ?? ""] ?? "";
    const line = /** @type {HTMLElement} */ (block.querySelector(".error"));
    line.textContent = text;
    line.hidden = !text;
    block.classList.toggle("wrong", Boolean(text));
    block.querySelector("[aria-describedby]")?.setAttribute("aria-invalid", String(Boolean(text)));
  }
  /** @type {HTMLElement|null} */ (node.querySelector("[aria-invalid=true]"))?.focus();
}

document.addEventListener("view-errors", (event) => {
  const { id, errors } = /** @type {CustomEvent} */ (event).detail;
  const node = /** @type {HTMLElement|null} */ (dialog?.querySelector(`form[data-view="${CSS.escape(id)}"]`));
  if (node) showErrors(node, errors);
});
