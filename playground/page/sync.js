/**
 * @file Keeps what the page knows true: follows the address, reads the workspace, and hears what changes.
 *
 * Changes are only hints: what is on the screen is read again, so the page can't drift from the workspace.
 */

import { act, explain, listen, read } from "./api.js";
import { mrkdwn } from "./mrkdwn.js";
import { parseRoute, routeTo } from "./route.js";
import { author, channel, state, update } from "./store.js";
import { announce, toast } from "./toast.js";

/** @typedef {import("./types.js").View} View */

const FIRST_CHANNEL = "deploys";

let hangUp = () => {};

/** Begin to follow the address bar. */
export function start() {
  addEventListener("hashchange", follow);
  follow();
}

async function follow() {
  const route = parseRoute(location.hash);
  if (route.who !== state.who) return changePerson(route);
  const moved = route.place !== state.place;
  update({ ...route, ...(moved ? { messages: [] } : {}), replies: [] });
  await (route.place ? readPlace(moved) : land());
}

/** @param {ReturnType<typeof parseRoute>} route */
async function changePerson(route) {
  hangUp();
  update({ ...route, data: null, messages: [], replies: [], home: null, views: [], unread: {} });
  await readWorkspace();
  if (route.who !== state.who) return;
  hangUp = listen(route.who, { opened: refresh, lost: () => update({ online: false }), event: hear });
  await (route.place ? readPlace(true) : land());
}

/** Without a place in the address, or with one that is not there: the channel where the story begins. */
async function land() {
  const first = state.data?.channels.find((one) => one.name === FIRST_CHANNEL) ?? state.data?.channels[0];
  if (!first) return;
  history.replaceState(null, "", routeTo({ place: first.id }));
  await follow();
}

/** Also after the first connection: something may have happened between reading and listening. */
async function refresh() {
  update({ online: true });
  await Promise.all([readWorkspace(), readPlace(false)]);
}

const readWorkspace = coalesced(async () => {
  const who = state.who;
  const data = await read("state");
  if (who !== state.who) return;
  if (!data.ok) return data.error === "unreachable" ? update({ online: false }) : lost(data);
  const unread = Object.fromEntries(
    data.channels.map((/** @type {any} */ one) => [one.id, state.unread[one.id] ?? one.unread ?? 0]),
  );
  update({ data, online: true, unread: { ...unread, [state.place]: 0 } });
});

/** @param {any} answer the address names somebody whom the workspace does not know */
function lost(answer) {
  toast(explain(answer));
  update({ who: "" });
  location.hash = "";
}

/** @param {boolean} arrived whether the place was just entered */
async function readPlace(arrived) {
  if (!state.place) return;
  if (state.place === "home") {
    // Opening the tab is something that the app hears of.
    if (arrived) await act("home");
    return readHome();
  }
  if (!channel(state.place)) await readWorkspace();
  if (state.data && !channel(state.place)) return land();
  update({ unread: { ...state.unread, [state.place]: 0 } });
  await Promise.all([readMessages(), readReplies()]);
}

const readHome = coalesced(async () => {
  const who = state.who;
  const { view } = await read("home");
  if (who === state.who) update({ home: view ?? null });
});

const readMessages = coalesced(async () => {
  const { who, place } = state;
  const answer = await read("messages", { channel: place });
  if (who === state.who && place === state.place && answer.ok) update({ messages: answer.messages });
});

const readReplies = coalesced(async () => {
  const { who, place, thread } = state;
  if (!thread) return;
  const answer = await read("messages", { channel: place, thread });
  if (who === state.who && thread === state.thread && answer.ok) update({ replies: answer.messages });
});

/**
 * At most one reading at a time; what is asked for meanwhile is one more reading after it, so the last answer is true.
 * @param {() => Promise<any>} reading
 * @returns {() => Promise<void>} resolved when nothing is left to read
 */
function coalesced(reading) {
  /** @type {Promise<void>|null} */
  let running = null;
  let again = false;
  const loop = async () => {
    do {
      again = false;
      await reading();
    } while (again);
    running = null;
  };
  return () => {
    again = running !== null;
    running ??= loop();
    return running;
  };
}

/** @type {Record<string, (event: any) => void>} */
const HEARD = {
  message: arrived,
  message_changed: touched,
  message_deleted: touched,
  ephemeral: arrived,
  ephemeral_deleted: touched,
  reaction: touched,
  view_opened: ({ view }) => update({ views: stacked(view) }),
  view_updated: ({ view }) =>
    view.type === "home" ? readHome() : update({ views: state.views.map((one) => (one.id === view.id ? view : one)) }),
  view_closed: ({ view_id: id }) => update({ views: state.views.filter((one) => one.id !== id) }),
  view_errors: ({ view_id: id, errors }) =>
    document.dispatchEvent(new CustomEvent("view-errors", { detail: { id, errors } })),
  home: () => readHome(),
  toast: ({ text }) => toast(text),
  channels: () => readWorkspace(),
  app: () => readWorkspace(),
};

/** @param {any} event */
function hear(event) {
  HEARD[event.type]?.(event);
}

/** @param {any} event */
function touched(event) {
  if (event.channel !== state.place) return;
  readMessages();
  readReplies();
}

/** @param {any} event */
function arrived(event) {
  const { message, channel: id } = event;
  const mine = message?.user === state.who && !message.ephemeral;
  touched(event);
  if (!channel(id)) readWorkspace();
  if (!message || mine) return;
  if (id !== state.place && (!message.thread_ts || message.thread_ts === message.ts))
    update({ unread: { ...state.unread, [id]: (state.unread[id] ?? 0) + 1 } });
  if (id === state.place) announce(`${author(message).name}: ${spoken(message.text)}`);
}

/** @param {string} text mrkdwn, as it is read aloud */
function spoken(text) {
  return mrkdwn(text)
    .map((node) => node.textContent)
    .join(" ");
}

/** @param {View} view a view pushed lies on the one before it; a fresh one replaces the stack @returns {View[]} */
function stacked(view) {
  const below = state.views.findIndex((one) => one.id === view.previous_view_id);
  return [...state.views.slice(0, below + 1), view];
}
