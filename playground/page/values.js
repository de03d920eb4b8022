/**
 * @file What elements hold, in the form of Slack's view.state.values, and what a form lacks before it can be sent.
 */

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Element} Element */
/** @typedef {import("./types.js").Picked} Picked */

/** Element type -> [key in the state, key of the initial value]. */
const KEYS = /** @type {Record<string, [string, string]>} */ ({
  plain_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  users_select: ["selected_user", "initial_user"],
  channels_select: ["selected_channel", "initial_channel"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_external_select: ["selected_options", "initial_options"],
  checkboxes: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
});

/** @param {Element} element the key under which its state lies, "" for elements that hold nothing */
export function stateKey(element) {
  return KEYS[element.type]?.[0] ?? "";
}

/** @param {Element} element @returns {Picked} */
export function initial(element) {
  if (!(element.type in KEYS)) return {};
  const [key, from] = KEYS[element.type];
  return { type: element.type, [key]: element[from] ?? (key.endsWith("s") ? [] : null) };
}

/** @param {Element} element @param {Picked} picked @returns {any} */
export function valueOf(element, picked) {
  return picked[stateKey(element)];
}

/** @param {Block} block the elements in it that can hold or send something @returns {Element[]} */
export function elementsOf(block) {
  return [block.element, block.accessory, ...(block.type === "actions" ? block.elements : [])].filter(
    (one) => one?.action_id,
  );
}

/**
 * What the inputs of a form lack, by block id. The app's own checks come after these.
 * @param {Block[]} blocks
 * @param {(block: Block, element: Element) => Picked} held
 * @returns {Record<string, string>}
 */
export function lacking(blocks, held) {
  const inputs = blocks.filter((block) => block.type === "input");
  const found = inputs.map((block) => [
    block.block_id,
    problem(block, valueOf(block.element, held(block, block.element))),
  ]);
  return Object.fromEntries(found.filter(([, text]) => text));
}

/** @param {Block} block @param {any} value */
function problem(block, value) {
  if (value === null || value === undefined || value.length === 0) return block.optional ? "" : "Please fill this in.";
  return CHECKS[block.element.type]?.(String(value), block.element) ?? "";
}

/** @type {Record<string, (value: string, element: Element) => string>} */
const CHECKS = {
  plain_text_input: (value, { min_length: least = 0 }) =>
    value.length < least ? `At least ${least} characters, please.` : "",
  email_text_input: (value) => (/^\S+@\S+\.\S+$/.test(value) ? "" : "This is not an e-mail address."),
  url_text_input: (value) => (URL.canParse(value) ? "" : "This is not a web address."),
  number_input: (value, { is_decimal_allowed: decimal, min_value: least = -Infinity, max_value: most = Infinity }) => {
    const number = Number(value);
    if (Number.isNaN(number) || (!decimal && !Number.isInteger(number)))
      return decimal ? "This is not a number." : "A whole number, please.";
    if (number < Number(least)) return `At least ${least}, please.`;
    return number > Number(most) ? `At most ${most}, please.` : "";
  },
};
