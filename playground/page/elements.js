/**
 * @file Interactive elements of Block Kit: buttons, overflow menus, choices. Fields and selects have their own modules.
 */

import { h, uid } from "./dom.js";
import { dateField, textField } from "./fields.js";
import { icon, opens } from "./icons.js";
import { menu } from "./menu.js";
import { link, plainNodes, textNodes } from "./mrkdwn.js";
import { select } from "./select.js";
import { valueOf } from "./values.js";

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Element} Element */
/** @typedef {import("./types.js").Surface} Surface */
/** @typedef {(element: Element, block: Block, surface: Surface) => HTMLElement} Builder */

/** @type {Record<string, Builder>} */
const KINDS = {
  button,
  workflow_button: button,
  overflow,
  checkboxes: choices,
  radio_buttons: choices,
  datepicker: dateField,
  timepicker: dateField,
  datetimepicker: dateField,
  plain_text_input: textField,
  number_input: textField,
  email_text_input: textField,
  url_text_input: textField,
  ...Object.fromEntries(
    ["static", "external", "users", "channels", "conversations"]
      .flatMap((one) => [`${one}_select`, `multi_${one}_select`])
      .map((name) => [name, select]),
  ),
};

/** @param {Element} one */
export function isControl(one) {
  return one.type in KINDS;
}

/** @type {Builder} */
export function element(one, block, surface) {
  const build = KINDS[one.type];
  return build ? build(one, block, surface) : h("span.unknown", {}, `“${one.type}” is not shown on this page`);
}

/** @type {Builder} */
function button(one, block, surface) {
  const content = plainNodes(one.text.text);
  const attributes = {
    class: one.style ?? null,
    "aria-label": one.accessibility_label,
    "data-focus": `${block.block_id}/${one.action_id}`,
  };
  const send = () => surface.pick(block, one, one.value === undefined ? {} : { value: one.value }, node);
  const target = one.url && link(one.url);
  const node =
    target instanceof HTMLAnchorElement
      ? h("a.button", { ...attributes, href: target.href, target: "_blank", rel: target.rel, onclick: send }, content)
      : h("button.button", { ...attributes, type: "button", onclick: send }, content);
  return node;
}

/** @type {Builder} */
function overflow(one, block, surface) {
  const attributes = {
    type: "button",
    "aria-label": "More options",
    "data-focus": `${block.block_id}/${one.action_id}`,
  };
  const node = h("button.button.icon-only", { ...attributes, ...opens("menu") }, icon("dots"));
  const run = (/** @type {any} */ option) => {
    if (option.url && URL.canParse(option.url) && /^https?:/.test(option.url))
      window.open(option.url, "_blank", "noopener");
    surface.pick(block, one, { selected_option: option }, node);
  };
  node.addEventListener("click", () =>
    menu(
      node,
      "More options",
      one.options.map((/** @type {any} */ option) => ({
        label: plainNodes(option.text.text),
        detail: option.description?.text,
        run: () => run(option),
      })),
    ),
  );
  return node;
}

/** @type {Builder} */
function choices(one, block, surface) {
  const many = one.type === "checkboxes";
  const name = uid("choice");
  const held = valueOf(one, surface.held(block, one));
  let chosen = new Set((many ? held : [held]).filter(Boolean).map((/** @type {any} */ option) => option.value));
  /** @type {HTMLInputElement[]} */
  const boxes = [];
  const changed = async () => {
    const options = one.options.filter((/** @type {any} */ _, /** @type {number} */ index) => boxes[index].checked);
    const picked = many ? { selected_options: options } : { selected_option: options[0] ?? null };
    if (await surface.pick(block, one, { type: one.type, ...picked }, node))
      chosen = new Set(options.map((/** @type {any} */ option) => option.value));
    else boxes.forEach((box, index) => (box.checked = chosen.has(one.options[index].value)));
  };
  const rows = one.options.map((/** @type {any} */ option) => {
    const box = h("input", {
      type: many ? "checkbox" : "radio",
      name,
      checked: chosen.has(option.value),
      onchange: changed,
    });
    boxes.push(box);
    return h(
      "label.choice",
      {},
      box,
      h("span", {}, textNodes(option.text), option.description && h("small", {}, textNodes(option.description))),
    );
  });
  const node = h("div.choices", { role: many ? "group" : "radiogroup", tabindex: -1 }, rows);
  return node;
}
