/**
 * @file One message: who, when, what, and what can be done with it.
 */

import { act, explain } from "./api.js";
import { avatar } from "./avatar.js";
import { blockNodes } from "./blocks.js";
import { ago, instant, timeNode } from "./dates.js";
import { h } from "./dom.js";
import { QUICK, emoji } from "./emoji.js";
import { fileNode } from "./files.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { textNodes } from "./mrkdwn.js";
import { go } from "./route.js";
import { author, channel, person, state } from "./store.js";
import { messageSurface } from "./surface.js";
import { toast } from "./toast.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {{compact: boolean, inThread: boolean}} Shown compact: the author is the same as just above */

/** @param {string} verb @param {Record<string, any>} body */
async function tell(verb, body) {
  const answer = await act(verb, body);
  if (!answer.ok) toast(explain(answer));
}

/**
 * @param {Message} message
 * @param {Shown} shown
 * @returns {HTMLElement}
 */
export function messageNode(message, shown) {
  const who = author(message);
  const pinned = channel(message.channel)?.pins.includes(message.ts);
  return h(
    "article.message",
    { class: [shown.compact && "compact", message.ephemeral && "ephemeral", pinned && "pinned"].filter(Boolean).join(" ") || null, "aria-label": `${who.name}`, "data-ts": message.ts },
    h("div.gutter", {}, shown.compact ? timeNode(instant(message.ts), "{time}") : avatar(who)),
    h(
      "div.body",
      {},
      message.ephemeral && ephemeralNote(),
      pinned && h("p.note", {}, icon("pin"), "Pinned"),
      message.subtype === "thread_broadcast" && !shown.inThread && h("p.note", {}, icon("reply"), h("button.link", { type: "button", onclick: () => go({ thread: message.thread_ts }) }, "Replied in a thread")),
      !shown.compact && h("header", {}, h("strong.name", {}, who.name), who.isApp && h("span.badge", {}, "App"), h("span.when", {}, timeNode(instant(message.ts), "{time}"))),
      content(message),
      message.files?.map(fileNode),
      message.reactions?.length ? reactions(message) : null,
      !shown.inThread && message.reply_count ? replies(message) : null,
    ),
    message.ephemeral ? dismiss(message) : toolbar(message, shown),
  );
}

/** @param {Message} message @returns {HTMLElement} */
function content(message) {
  const edited = message.edited && h("span.edited", { title: "This message was changed" }, " (edited)");
  if (message.blocks?.length) return h("div.blocks", {}, blockNodes(message.blocks, messageSurface(message)), edited);
  return h("div.text", {}, textNodes({ type: "mrkdwn", text: message.text }), edited);
}

function ephemeralNote() {
  return h("p.note", {}, icon("lock"), "Only visible to you");
}

/** @param {Message} message */
function dismiss(message) {
  const hide = () => {
    hidden.add(message.ts);
    document.dispatchEvent(new Event("messages-hidden"));
  };
  return h("div.tools", {}, h("button.icon-button", { type: "button", "aria-label": "Dismiss", title: "Dismiss", "data-focus": "dismiss", onclick: hide }, icon("close")));
}

/** Ephemeral messages that were dismissed on this screen, by timestamp. @type {Set<string>} */
export const hidden = new Set();

/** @param {Message} message */
function reactions(message) {
  const pills = (message.reactions ?? []).map(({ name, count, users }) => {
    const mine = users.includes(state.who);
    const names = users.map((id) => person(id)?.real_name ?? state.data?.app.name).join(", ");
    const toggle = () => tell(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
    return h("button.reaction", { type: "button", "aria-pressed": String(mine), title: `${names} reacted with :${name}:`, "data-focus": `reaction-${name}`, onclick: toggle }, emoji(name) ?? `:${name}:`, h("span", {}, count));
  });
  return h("div.reactions", {}, pills);
}

/** @param {Message} message */
function replies(message) {
  const { reply_count: count = 0, reply_users: users = [], latest_reply: latest = message.ts } = message;
  const faces = users.slice(0, 3).map((id) => avatar(author({ user: id }), "small"));
  return h(
    "button.replies",
    { type: "button", "data-focus": "replies", onclick: () => go({ thread: message.ts }) },
    faces,
    h("span.count", {}, count === 1 ? "1 reply" : `${count} replies`),
    h("span.latest", {}, `last ${ago(instant(latest))}`),
  );
}

/** @param {Message} message @param {Shown} shown */
function toolbar(message, shown) {
  const at = { channel: message.channel, ts: message.ts };
  const pinned = channel(message.channel)?.pins.includes(message.ts);
  const react = { label: "Add a reaction", name: "smile", run: () => pickReaction(more, at) };
  const reply = { label: "Reply in thread", name: "reply", run: () => go({ thread: message.thread_ts ?? message.ts }) };
  const pin = { label: pinned ? "Unpin" : "Pin to the channel", name: "pin", run: () => tell(pinned ? "unpin" : "pin", at) };
  const common = [react, ...(shown.inThread ? [] : [reply]), pin];
  const shortcuts = (state.data?.shortcuts ?? []).filter((one) => one.type === "message").map((one) => ({ label: one.name, detail: state.data?.app.name, run: () => tell("message_shortcut", { ...at, callback_id: one.callback_id }) }));
  const more = h("button.icon-button.more", { type: "button", "aria-label": "More actions", title: "More actions", "aria-haspopup": "menu", "aria-expanded": "false", "data-focus": "more", onclick: () => menu(more, "Message actions", [...common, ...shortcuts]) }, icon("dots"));
  // The menu holds all of them, so the keyboard needs one stop per message only.
  const quick = common.map((one) => h("button.icon-button.quick", { type: "button", tabindex: -1, "aria-label": one.label, title: one.label, onclick: one.run }, icon(one.name)));
  return h("div.tools", { role: "group", "aria-label": "Message actions" }, quick, more);
}

/** @param {HTMLElement} anchor @param {{channel: string, ts: string}} at */
function pickReaction(anchor, at) {
  menu(anchor, "Reactions", QUICK.map((name) => ({ label: emoji(name), run: () => tell("react", { ...at, name }) })), "grid");
}
