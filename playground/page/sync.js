/**
 * @file Keeps what the page knows true: follows the address, reads the workspace, and hears what changes.
 *
 * Changes are only hints: what is on the screen is read again, so the page can't drift from the workspace.
 */

import { act, explain, listen, read } from "./api.js";
import { go, parseRoute, routeTo } from "./route.js";
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
  hangUp = listen(route.who, { opened: refresh, lost: () => update({ online: false }), event: hear });
  await (route.place ? readPlace(true) : land());
}

/** Without a place in the address: the channel where the story begins. */
async function land() {
  const first = state.data?.channels.find((one) => one.name === FIRST_CHANNEL) ?? state.data?.channels[0];
  if (!first) return;
  history.replaceState(null, "", routeTo({ place: first.id }));
  await follow();
}

async function refresh() {
  update({ online: true });
  await Promise.all([readWorkspace(), readPlace(false)]);
}

async function readWorkspace() {
  const who = state.who;
  const data = await read("state");
  if (who !== state.who) return;
  if (!data.ok) return data.error === "unreachable" ? update({ online: false }) : lost(data);
  const unread = Object.fromEntries(data.channels.map((/** @type {any} */ one) => [one.id, state.unread[one.id] ?? one.unread ?? 0]));
  update({ data, online: true, unread: { ...unread, [state.place]: 0 } });
}

/** @param {any} answer the address names somebody whom the workspace does not know */
function lost(answer) {
  toast(explain(answer));
  if (location.hash) location.hash = "";
}

/** @param {boolean} arrived whether the place was just entered */
async function readPlace(arrived) {
  if (state.place === "home") return readHome(arrived);
  update({ unread: { ...state.unread, [state.place]: 0 } });
  await Promise.all([readMessages(), readReplies()]);
}

/** @param {boolean} arrived opening the tab is something that the app hears of */
async function readHome(arrived) {
  const who = state.who;
  if (arrived) await act("home");
  const { view } = await read("home");
  if (who === state.who) update({ home: view ?? null });
}

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
 * At most one reading at a time; what is asked for meanwhile is one more reading after it.
 * @param {() => Promise<void>} reading
 */
function coalesced(reading) {
  let running = false;
  let again = false;
  return async () => {
    again = running;
    if (running) return;
    running = true;
    do {
      again = false;
      await reading();
    } while (again);
    running = false;
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
  view_updated: ({ view }) => (view.type === "home" ? update({ home: view }) : update({ views: state.views.map((one) => (one.id === view.id ? view : one)) })),
  view_closed: ({ view_id: id }) => update({ views: state.views.filter((one) => one.id !== id) }),
  view_errors: ({ view_id: id, errors }) => document.dispatchEvent(new CustomEvent("view-errors", { detail: { id, errors } })),
  home: ({ view }) => update({ home: view }),
  toast: ({ text }) => toast(text),
  channels: () => readWorkspace(),
  app: ({ connected }) => state.data && update({ data: { ...state.data, app: { ...state.data.app, connected } } }),
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
  if (id !== state.place && (!message.thread_ts || message.thread_ts === message.ts)) update({ unread: { ...state.unread, [id]: (state.unread[id] ?? 0) + 1 } });
  if (id === state.place) announce(`${author(message).name}: ${message.text}`);
}

/** @param {View} view a view pushed lies on the one before it; a fresh one replaces the stack @returns {View[]} */
function stacked(view) {
  const below = state.views.findIndex((one) => one.id === view.previous_view_id);
  return [...state.views.slice(0, below + 1), view];
}

/** @param {string} ts open a thread of the current channel */
export function openThread(ts) {
  go({ thread: ts });
}
