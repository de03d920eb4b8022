/**
 * @file One message: who, when, what, and what can be done with it.
 */

import { dismissal, toolbar } from "./actions.js";
import { avatar } from "./avatar.js";
import { blockNodes } from "./blocks.js";
import { formatted, instant, timeNode } from "./dates.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { fileNode } from "./files.js";
import { icon } from "./icons.js";
import { textNodes } from "./mrkdwn.js";
import { go } from "./route.js";
import { author, channel, person, state } from "./store.js";
import { messageSurface } from "./surface.js";
import { tell } from "./tell.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {{compact: boolean, inThread: boolean}} Shown compact: the author is the same as just above */

/** What the workspace itself says: somebody joined, the topic changed, a message is gone. */
const QUIET = /^(channel_|group_|tombstone)/;

/**
 * @param {Message} message
 * @param {Shown} shown
 * @returns {HTMLElement}
 */
export function messageNode(message, shown) {
  const who = author(message);
  const at = instant(message.ts);
  const pinned = channel(message.channel)?.pins.includes(message.ts);
  const quiet = QUIET.test(message.subtype ?? "");
  const traits = { compact: shown.compact, ephemeral: message.ephemeral, pinned, "quiet-note": quiet };
  return h(
    "article.message",
    { class: classes(traits), "aria-label": `${who.name}, ${formatted(at, "{time}")}`, "data-ts": message.ts },
    h("div.gutter", {}, shown.compact ? timeNode(at, "{time}") : avatar(who)),
    h(
      "div.body",
      {},
      message.ephemeral && note("lock", "Only visible to you"),
      pinned && note("pin", "Pinned"),
      message.subtype === "thread_broadcast" && !shown.inThread && note("reply", threadLink(message)),
      !shown.compact && heading(message),
      content(message),
      message.files?.map(fileNode),
      message.reactions?.length ? reactions(message) : null,
      !shown.inThread && message.reply_count ? replies(message) : null,
    ),
    message.ephemeral ? dismissal(message) : message.subtype !== "tombstone" && toolbar(message, shown.inThread),
  );
}

/** @param {Record<string, boolean|undefined>} traits */
function classes(traits) {
  return (
    Object.keys(traits)
      .filter((name) => traits[name])
      .join(" ") || null
  );
}

/** @param {Message} message */
function heading(message) {
  const who = author(message);
  return h(
    "header",
    {},
    h("strong.name", {}, who.name),
    who.isApp && h("span.badge", {}, "App"),
    h("span.when", {}, timeNode(instant(message.ts), "{time}")),
    showsBlocks(message) && editedMark(message),
  );
}

/** @param {string} picture @param {string|Node} words */
function note(picture, words) {
  return h("p.note", {}, icon(picture), words);
}

/** @param {Message} message */
function threadLink(message) {
  return h("button.link", { type: "button", onclick: () => go({ thread: message.thread_ts }) }, "Replied in a thread");
}

/** @param {Message} message @returns {HTMLElement} */
function content(message) {
  if (showsBlocks(message)) return h("div.blocks", {}, blockNodes(message.blocks ?? [], messageSurface(message)));
  return h("div.text", {}, textNodes({ type: "mrkdwn", text: message.text }), editedMark(message));
}

/**
 * A person's text says the same as its rich text, and has the marks that were typed besides.
 * @param {Message} message
 */
function showsBlocks(message) {
  return Boolean(message.blocks?.length && message.bot_id);
}

/** @param {Message} message */
function editedMark(message) {
  return message.edited && h("span.edited", { title: "This message was changed" }, " (edited)");
}

/** @param {Message} message */
function reactions(message) {
  const pills = (message.reactions ?? []).map(({ name, count, users }) => {
    const mine = users.includes(state.who);
    const names = users.map((id) => person(id)?.real_name ?? state.data?.app.name).join(", ");
    const toggle = () => tell(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, name });
    return h(
      "button.reaction",
      {
        type: "button",
        "aria-pressed": String(mine),
        title: `${names} reacted with :${name}:`,
        "data-focus": `reaction-${name}`,
        onclick: toggle,
      },
      emoji(name) ?? `:${name}:`,
      h("span", {}, count),
    );
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
    h("span.latest", {}, "last reply ", timeNode(instant(latest), "{ago}")),
  );
}
