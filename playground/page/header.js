/**
 * @file The bar above the messages: the channel's name, topic, pins and bookmarks; the app's tabs.
 */

import { avatar } from "./avatar.js";
import { byId, h } from "./dom.js";
import { emoji } from "./emoji.js";
import { icon, opens } from "./icons.js";
import { popover } from "./menu.js";
import { inline, link, textNodes } from "./mrkdwn.js";
import { routeTo } from "./route.js";
import { author, channel, channelName, state } from "./store.js";
import { openDirect } from "./sidebar.js";

/** @typedef {import("./types.js").Channel} Channel */

let drawn = "";

/** Render the header of the current place. */
export function renderHeader() {
  const { data, place } = state;
  if (!data) return;
  const one = channel(place);
  const signature = JSON.stringify([
    place,
    one,
    state.who,
    data.app,
    state.messages.filter(({ ts }) => one?.pins.includes(ts)),
  ]);
  if (signature === drawn) return;
  drawn = signature;
  const isApp = place === "home" || (one?.is_im && one.with === data.app.bot_user_id);
  byId("place").replaceChildren(...(isApp ? appTitle(data.app, place) : one ? channelTitle(one) : []));
  byId("bookmarks").replaceChildren(...(one ? bookmarks(one) : []));
  document.title = `${isApp ? data.app.name : one ? channelName(one) : "…"} · ${data.team.name}`;
}

/** @param {import("./types.js").App} app @param {string} place */
function appTitle(app, place) {
  const tab = (/** @type {boolean} */ here, /** @type {string} */ name, /** @type {Record<string, any>} */ how) =>
    h(
      how.href ? "a.tab" : "button.tab",
      { ...how, type: how.href ? null : "button", "aria-current": here ? "page" : null },
      name,
    );
  return [
    h("h1", {}, avatar({ name: app.name, color: app.color, isApp: true }, "small"), app.name),
    h(
      "nav.tabs",
      { "aria-label": "App" },
      app.home_tab && tab(place === "home", "Home", { href: routeTo({ place: "home" }) }),
      tab(place !== "home", "Messages", { onclick: () => openDirect(app.bot_user_id) }),
    ),
  ];
}

/** @param {Channel} one */
function channelTitle(one) {
  const heading = h("h1", {}, !one.is_im && icon(one.is_private ? "lock" : "hash"), channelName(one));
  const pins = h(
    "button.quiet",
    { type: "button", ...opens("dialog"), onclick: () => popover(pins, pinList(one)) },
    icon("pin"),
    `${one.pins.length} pinned`,
  );
  return [
    heading,
    one.topic ? h("p.topic", { title: one.topic }, inline(one.topic)) : h("p.topic"),
    one.pins.length > 0 && pins,
    !one.is_im &&
      h(
        "span.members",
        { title: "Members", role: "img", "aria-label": `${one.members.length} members` },
        icon("people"),
        one.members.length,
      ),
  ].filter((node) => node !== false);
}

/** @param {Channel} one */
function pinList(one) {
  const pinned = state.messages.filter((message) => one.pins.includes(message.ts));
  const rows = pinned.map((message) =>
    h(
      "li",
      {},
      h("strong", {}, author(message).name),
      h("div.text", {}, textNodes({ type: "mrkdwn", text: message.text })),
    ),
  );
  return h(
    "div.pins",
    { role: "dialog", "aria-label": "Pinned messages", tabindex: -1 },
    rows.length ? h("ul", {}, rows) : h("p", {}, "The pinned messages lie further up or in threads."),
  );
}

/** @param {Channel} one */
function bookmarks(one) {
  return one.bookmarks.map((mark) =>
    h("li", {}, (mark.emoji && emoji(mark.emoji.replaceAll(":", ""))) || icon("bookmark"), link(mark.link, mark.title)),
  );
}
