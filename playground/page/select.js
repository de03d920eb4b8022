/**
 * @file The select elements: what there is to choose from, and how a choice is told to the app.
 */

import { combobox } from "./combobox.js";
import { channelName, state } from "./store.js";
import { stateKey, valueOf } from "./values.js";

/** @typedef {import("./combobox.js").Option} Option */
/** @typedef {import("./combobox.js").OptionGroup} OptionGroup */
/** @typedef {import("./types.js").Element} Element */

/** @param {any} option an option object of Block Kit @returns {Option} */
function fromOption(option) {
  return { value: option.value, label: option.text.text, detail: option.description?.text, raw: option };
}

/** @param {{options?: any[], option_groups?: any[]}} given @returns {OptionGroup[]} */
function groupsOf(given) {
  if (given.option_groups?.length)
    return given.option_groups.map((group) => ({ label: group.label.text, options: group.options.map(fromOption) }));
  return [{ label: "", options: (given.options ?? []).map(fromOption) }];
}

/** @returns {Option[]} */
function users() {
  return (state.data?.people ?? [])
    .filter((one) => !one.is_bot)
    .map((one) => ({ value: one.id, label: one.real_name, detail: one.title, raw: one.id }));
}

/** @param {boolean} direct with direct messages, too @returns {Option[]} */
function channels(direct) {
  const shown = (state.data?.channels ?? []).filter(
    (one) => !one.is_archived && (direct || (!one.is_im && !one.is_private)),
  );
  return shown.map((one) => ({ value: one.id, label: one.is_im ? channelName(one) : `#${one.name}`, raw: one.id }));
}

/** @type {Record<string, (element: Element) => OptionGroup[]>} */
const SOURCES = {
  static: groupsOf,
  users: () => [{ label: "", options: users() }],
  channels: () => [{ label: "", options: channels(false) }],
  conversations: () => [{ label: "", options: channels(true) }],
};

/** @type {import("./elements.js").Builder} */
export function select(element, block, surface) {
  const multiple = element.type.startsWith("multi_");
  const source = element.type.replace(/^multi_/, "").replace(/_select$/, "");
  const known = source === "external" ? [] : SOURCES[source](element);
  const held = valueOf(element, surface.held(block, element));
  const find = (/** @type {any} */ raw) =>
    typeof raw === "string"
      ? known.flatMap((group) => group.options).find((one) => one.value === raw)
      : fromOption(raw);
  const given = multiple ? held : [held].filter(Boolean);
  return combobox({
    multiple,
    most: element.max_selected_items ?? Infinity,
    placeholder: element.placeholder?.text ?? (multiple ? "Choose some" : "Choose"),
    chosen: given.map(find).filter(Boolean),
    focus: `${block.block_id}/${element.action_id}`,
    debounce: source === "external" ? 200 : 0,
    load: async (text) => {
      if (source === "external")
        return text.length < (element.min_query_length ?? 3)
          ? null
          : groupsOf(await surface.suggest(block, element, text));
      return matching(known, text);
    },
    pick: (chosen, node) => {
      const raws = chosen.map((one) => one.raw);
      return surface.pick(
        block,
        element,
        { type: element.type, [stateKey(element)]: multiple ? raws : (raws[0] ?? null) },
        node,
      );
    },
  });
}

/** @param {OptionGroup[]} groups @param {string} text */
function matching(groups, text) {
  const wanted = text.trim().toLowerCase();
  return groups.map((group) => ({
    ...group,
    options: group.options.filter((one) => one.label.toLowerCase().includes(wanted)),
  }));
}
