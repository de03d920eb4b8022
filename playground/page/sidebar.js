/**
 * @file The sidebar: who we are, and where we can go.
 */

import { avatar } from "./avatar.js";
import { ask } from "./dialog.js";
import { byId, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { go, routeTo } from "./route.js";
import { state } from "./store.js";
import { tell } from "./tell.js";

/** Render the sidebar. */
export function renderSidebar() {
  const { data } = state;
  if (!data) return;
  byId("team").textContent = data.team.name;
  const people = data.people.filter((one) => !one.is_bot);
  reconcile(
    byId("people"),
    people.map((one) => entry(`person/${one.id}`, [one, state.who === one.id], () => personButton(one))),
  );
  const rooms = data.channels.filter((one) => !one.is_im && !one.is_archived && one.is_member !== false);
  reconcile(
    byId("channels"),
    rooms.map((one) => place(one.id, `#${one.name}`, icon(one.is_private ? "lock" : "hash"), one.name)),
  );
  reconcile(byId("directs"), people.filter((one) => one.id !== state.who).map(direct));
  reconcile(byId("apps"), [appEntry()]);
}

/** @param {string} key @param {any} shown @param {() => HTMLElement} build */
function entry(key, shown, build) {
  return { key, signature: JSON.stringify([shown, state.who]), build: () => h("li", {}, build()) };
}

/** @param {import("./types.js").Person} one */
function personButton(one) {
  const mine = one.id === state.who;
  return h(
    "button.person",
    {
      type: "button",
      "aria-pressed": String(mine),
      "data-focus": one.id,
      onclick: () => go({ who: one.id, ...samePlace() }),
    },
    avatar({ name: one.real_name, color: one.color }),
    h("span", {}, h("strong", {}, one.real_name.split(" ")[0]), h("small", {}, one.title)),
  );
}

/** What the next person sees: the same place and thread if everybody has them. */
function samePlace() {
  const here = state.data?.channels.find((one) => one.id === state.place);
  const shared = state.place === "home" || (here && !here.is_im && !here.is_private);
  return shared ? { place: state.place, thread: state.thread } : { place: "" };
}

/** @param {string} id @param {string} label @param {Node} picture @param {string} name */
function place(id, label, picture, name) {
  const unread = state.unread[id] ?? 0;
  const here = state.place === id;
  return entry(id, [id, name, unread, here], () =>
    h(
      "a.place",
      {
        href: routeTo({ place: id }),
        "aria-current": here ? "page" : null,
        class: unread ? "unread" : null,
        "data-focus": id,
        "aria-label": unread ? `${label}, ${unread} unread` : label,
      },
      picture,
      h("span.label", {}, name),
      unread > 0 && h("span.count", {}, unread),
    ),
  );
}

/** @param {import("./types.js").Person} one */
function direct(one) {
  const known = state.data?.channels.find((other) => other.is_im && other.with === one.id);
  const picture = avatar({ name: one.real_name, color: one.color }, "small");
  if (known) return place(known.id, one.real_name, picture, one.real_name);
  return entry(one.id, one, () =>
    h(
      "button.place",
      { type: "button", "data-focus": one.id, onclick: () => openDirect(one.id) },
      picture,
      h("span.label", {}, one.real_name),
    ),
  );
}

function appEntry() {
  const app = /** @type {import("./types.js").App} */ (state.data?.app);
  const direct = state.data?.channels.find((one) => one.is_im && one.with === app.bot_user_id);
  const here = state.place === "home" || state.place === direct?.id;
  const unread = direct ? (state.unread[direct.id] ?? 0) : 0;
  return entry("app", [app, here, unread], () =>
    h(
      "a.place",
      {
        href: routeTo({ place: "home" }),
        "aria-current": here ? "page" : null,
        class: unread ? "unread" : null,
        "data-focus": "app",
      },
      avatar({ name: app.name, color: app.color, isApp: true }, "small"),
      h("span.label", {}, app.name),
      h("span.dot", {
        class: app.connected ? "on" : "off",
        role: "img",
        "aria-label": app.connected ? "connected" : "not connected",
        title: app.connected ? "connected" : "not connected",
      }),
      unread > 0 && h("span.count", {}, unread),
    ),
  );
}

/** Channels to join, and a new one. @param {HTMLElement} anchor */
export function moreChannels(anchor) {
  const others = (state.data?.channels ?? []).filter(
    (one) => !one.is_im && !one.is_archived && one.is_member === false,
  );
  menu(anchor, "More channels", [
    { label: "Create a channel…", run: create },
    ...others.map((one) => ({ label: `#${one.name}`, detail: "look in", run: () => go({ place: one.id }) })),
  ]);
}

async function create() {
  const name = h("input.field", {
    type: "text",
    maxlength: 80,
    "aria-label": "Name",
    placeholder: "such as api-on-call",
    autofocus: true,
  });
  const secret = h("input", { type: "checkbox" });
  const body = [name, h("label.choice", {}, secret, "Private: only members see it")];
  if (!(await ask({ title: "Create a channel", body, yes: "Create", no: "Cancel" }))) return;
  const answer = await tell("create_channel", { name: name.value.trim(), is_private: secret.checked });
  if (answer.ok) go({ place: answer.channel });
}

/** Open the conversation with a person or the bot, which may not exist yet. @param {string} user */
export async function openDirect(user) {
  const known = state.data?.channels.find((one) => one.is_im && one.with === user);
  if (known) return go({ place: known.id });
  const answer = await tell("open_im", { user });
  if (answer.ok) go({ place: answer.channel });
}
