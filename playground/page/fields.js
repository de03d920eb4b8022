/**
 * @file Fields to type in, and those for dates and times.
 */

import { h } from "./dom.js";
import { stateKey, valueOf } from "./values.js";

/** @typedef {import("./elements.js").Builder} Builder */

const TYPES = /** @type {Record<string, string>} */ ({
  plain_text_input: "text",
  number_input: "text",
  email_text_input: "email",
  url_text_input: "url",
  datepicker: "date",
  timepicker: "time",
  datetimepicker: "datetime-local",
});

/** @type {Builder} */
export function textField(element, block, surface) {
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const keep = () =>
    surface.pick(
      { ...block, dispatch_action: triggers.includes("on_character_entered") && block.dispatch_action },
      element,
      { type: element.type, value: node.value || null },
      node,
    );
  const enter = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || element.multiline || event.isComposing) return;
    if (!block.dispatch_action || !triggers.includes("on_enter_pressed")) return;
    event.preventDefault();
    surface.pick(block, element, { type: element.type, value: node.value || null }, node);
  };
  const node = h(element.multiline ? "textarea.field" : "input.field", {
    type: element.multiline ? null : TYPES[element.type],
    inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
    rows: element.multiline ? 4 : null,
    maxlength: element.max_length,
    placeholder: element.placeholder?.text,
    value: valueOf(element, surface.held(block, element)) ?? "",
    autocomplete: "off",
    "aria-label": element.placeholder?.text ?? "Text",
    "data-focus": `${block.block_id}/${element.action_id}`,
    "data-autofocus": element.focus_on_load,
    oninput: keep,
    onkeydown: enter,
  });
  return node;
}

/** @type {Builder} */
export function dateField(element, block, surface) {
  const key = stateKey(element);
  const instant = element.type === "datetimepicker";
  const held = valueOf(element, surface.held(block, element));
  const node = h("input.field.date", {
    type: TYPES[element.type],
    value: instant && held ? localInput(held) : (held ?? ""),
    "aria-label": element.placeholder?.text ?? "Date or time",
    "data-focus": `${block.block_id}/${element.action_id}`,
    onchange: () =>
      surface.pick(
        block,
        element,
        { type: element.type, [key]: !node.value ? null : instant ? Date.parse(node.value) / 1000 : node.value },
        node,
      ),
  });
  return node;
}

/** @param {number} seconds since 1970, in the form that a datetime-local input takes, in the browser's zone */
function localInput(seconds) {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
