/**
 * @file Message lists, of the channel and of the thread: days, groups of one author, staying at the end.
 */

import { dayDivider, dayOf, instant } from "./dates.js";
import { byId, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { hidden } from "./actions.js";
import { messageNode } from "./message.js";
import { go } from "./route.js";
import { author, channel, channelName, state } from "./store.js";

/** @typedef {import("./types.js").Message} Message */

const SAME_BREATH_SECONDS = 300;
const NEAR_END_PX = 120;

/** Render the channel's messages into the page. */
export function renderMessages() {
  const list = byId("messages");
  const one = channel(state.place);
  list.hidden = !one;
  if (!one) return;
  render(list, state.messages, false, `${state.who}/${state.place}`);
  byId("beginning").replaceChildren(...beginning(one));
}

/** @param {import("./types.js").Channel} one */
function beginning(one) {
  const purpose = one.is_im ? "Only the two of you see this." : one.purpose;
  return [
    h("h2", {}, one.is_im ? null : icon(one.is_private ? "lock" : "hash"), channelName(one)),
    h("p", {}, purpose || "This is where it begins."),
  ];
}

/** Render the open thread into its pane. */
export function renderThread() {
  const pane = byId("thread");
  const newly = pane.hidden && Boolean(state.thread);
  pane.hidden = !state.thread;
  document.body.classList.toggle("with-thread", Boolean(state.thread));
  if (!state.thread) return;
  const one = channel(state.place);
  byId("thread-of").textContent = one ? (one.is_im ? "" : "#") + channelName(one) : "";
  render(byId("replies"), state.replies, true, `${state.who}/${state.thread}`);
  if (newly && !matchMedia("(pointer: coarse)").matches) byId("reply").querySelector("textarea").focus();
}

/** Close the thread; the focus returns to the message that it hangs on. */
export function closeThread() {
  const message = byId("messages").querySelector(`[data-ts="${CSS.escape(state.thread)}"]`);
  go({});
  message?.querySelector("[data-focus=replies], [data-focus=more]")?.focus();
}

/**
 * @param {HTMLElement} scroller
 * @param {Message[]} messages
 * @param {boolean} inThread
 * @param {string} scene another scene begins at its end
 */
function render(scroller, messages, inThread, scene) {
  const list = /** @type {HTMLElement} */ (scroller.querySelector("ol"));
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  const before = list.lastElementChild;
  const fresh = scroller.dataset.scene !== scene;
  const shown = messages.filter((one) => !hidden.has(one.ts));
  reconcile(
    list,
    shown.flatMap((message, index) => entries(message, shown[index - 1], inThread, index)),
  );
  if (messages.length) scroller.dataset.scene = scene;
  if (fresh || atEnd) scroller.scrollTop = scroller.scrollHeight;
  else if (list.lastElementChild !== before) scroller.classList.add("has-new");
}

/** @param {Message} message @param {Message|undefined} previous @param {boolean} inThread @param {number} index */
function entries(message, previous, inThread, index) {
  const at = instant(message.ts);
  const newDay = !previous || dayOf(instant(previous.ts)) !== dayOf(at);
  const compact = !newDay && continues(message, previous) && !(inThread && index === 1);
  const pinned = channel(message.channel)?.pins.includes(message.ts) ?? false;
  const signature = JSON.stringify([
    message,
    compact,
    pinned,
    state.who,
    state.data?.people.length,
    state.data?.channels.length,
  ]);
  const entry = {
    key: `${state.who}/${message.ts}`,
    signature,
    build: () => h("li", {}, messageNode(message, { compact, inThread })),
  };
  if (inThread) return index === 1 ? [countDivider(), entry] : [entry];
  if (!newDay) return [entry];
  const day = dayDivider(at);
  return [divider(`day/${dayOf(at)}`, day), entry];
}

function countDivider() {
  const count = state.replies.length - 1;
  return divider("count", count === 1 ? "1 reply" : `${count} replies`);
}

/** @param {string} key @param {string} words */
function divider(key, words) {
  return { key, signature: words, build: () => h("li.day", { role: "separator" }, h("span", {}, words)) };
}

/** @param {Message} message @param {Message} previous */
function continues(message, previous) {
  const plain = [message, previous].every(
    (one) =>
      !one.ephemeral && one.subtype !== "thread_broadcast" && !one.blocks?.some((block) => block.type !== "rich_text"),
  );
  return (
    plain &&
    author(message).id === author(previous).id &&
    Number(message.ts) - Number(previous.ts) < SAME_BREATH_SECONDS
  );
}

/** Let the "new messages" marks lead to the end, and keep the end in sight while pictures load. */
export function watchScrolling() {
  for (const scroller of [byId("messages"), byId("replies")]) {
    const toEnd = () => (scroller.scrollTop = scroller.scrollHeight);
    scroller.querySelector(".to-end").addEventListener("click", toEnd);
    scroller.addEventListener("scroll", () => {
      if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX)
        scroller.classList.remove("has-new");
    });
    scroller.addEventListener("load", () => !scroller.classList.contains("has-new") && toEnd(), true);
  }
}
