/**
 * @file What can be done with a message: react, reply, pin, the app's shortcuts; dismiss what only you see.
 */

import { h } from "./dom.js";
import { QUICK, emoji } from "./emoji.js";
import { iconButton, opens } from "./icons.js";
import { menu } from "./menu.js";
import { go } from "./route.js";
import { channel, state } from "./store.js";
import { tell } from "./tell.js";

/** @typedef {import("./types.js").Message} Message */

/** Ephemeral messages that were dismissed on this screen, by timestamp. @type {Set<string>} */
export const hidden = new Set();

/** @param {Message} message an ephemeral one */
export function dismissal(message) {
  const hide = () => {
    hidden.add(message.ts);
    document.dispatchEvent(new Event("messages-hidden"));
  };
  return h("div.tools", {}, iconButton("close", "Dismiss", hide, { "data-focus": "dismiss" }));
}

/** @param {Message} message @param {boolean} inThread */
export function toolbar(message, inThread) {
  const at = { channel: message.channel, ts: message.ts };
  const pinned = channel(message.channel)?.pins.includes(message.ts);
  const react = { label: "Add a reaction", name: "smile", run: () => pickReaction(more, at) };
  const reply = { label: "Reply in thread", name: "reply", run: () => go({ thread: message.thread_ts ?? message.ts }) };
  const turn = () => tell(pinned ? "unpin" : "pin", at);
  const pin = { label: pinned ? "Unpin" : "Pin to the channel", name: "pin", run: turn };
  const common = inThread ? [react, pin] : [react, reply, pin];
  const open = () => menu(more, "Message actions", [...common, ...shortcuts(at)]);
  const more = iconButton("dots", "More actions", open, { ...opens("menu"), "data-focus": "more" });
  // The menu holds all of them, so the keyboard needs one stop per message only.
  const quick = common.map((one) => iconButton(one.name, one.label, one.run, { class: "quick", tabindex: -1 }));
  return h("div.tools", { role: "group", "aria-label": "Message actions" }, quick, more);
}

/** @param {{channel: string, ts: string}} at @returns {import("./menu.js").Item[]} */
function shortcuts(at) {
  const found = (state.data?.shortcuts ?? []).filter((one) => one.type === "message");
  return found.map(({ name, callback_id }) => ({
    label: name,
    detail: state.data?.app.name,
    run: () => tell("message_shortcut", { ...at, callback_id }),
  }));
}

/** @param {HTMLElement} anchor @param {{channel: string, ts: string}} at */
function pickReaction(anchor, at) {
  const items = QUICK.map((name) => ({ label: emoji(name), run: () => tell("react", { ...at, name }) }));
  menu(anchor, "Reactions", items, "grid");
}
