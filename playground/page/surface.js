/**
 * @file Surfaces: where a block's elements send what people choose, from a message, a modal or the Home tab.
 */

import { act } from "./api.js";
import { confirmed } from "./dialog.js";
import { tell } from "./tell.js";
import { initial } from "./values.js";

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Element} Element */
/** @typedef {import("./types.js").Picked} Picked */
/** @typedef {import("./types.js").Surface} Surface */

/**
 * @param {Surface["kind"]} kind
 * @param {Record<string, string>} place {channel, ts} of a message, or {view_id}
 * @param {Record<string, Record<string, Picked>>} values what was chosen so far, by block and action; filled here
 * @returns {Surface}
 */
export function surface(kind, place, values = {}) {
  /** @param {Block} block @param {Element} element */
  const held = (block, element) => values[block.block_id]?.[element.action_id] ?? initial(element);

  /** @param {Block} block @param {Element} element @param {Picked} picked @param {HTMLElement} node */
  const pick = async (block, element, picked, node) => {
    if (element.confirm && !(await confirmed(element.confirm))) return false;
    if (picked.type) (values[block.block_id] ??= {})[element.action_id] = picked;
    if (block.type !== "input" || block.dispatch_action) await deliver(block, element, picked, node);
    return true;
  };

  /** @param {Block} block @param {Element} element @param {Picked} picked @param {HTMLElement} node */
  const deliver = async (block, element, picked, node) => {
    node.setAttribute("aria-busy", "true");
    await tell("click", { ...place, action_id: element.action_id, block_id: block.block_id, ...picked });
    node.removeAttribute("aria-busy");
  };

  return {
    kind,
    held,
    pick,
    suggest: (block, element, text) =>
      act("suggest", { ...place, action_id: element.action_id, block_id: block.block_id, value: text }),
  };
}

/** @param {import("./types.js").Message} message */
export function messageSurface(message) {
  return surface("message", { channel: message.channel, ts: message.ts });
}
