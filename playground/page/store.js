/**
 * @file What the page knows, and who wants to hear when it changes.
 */

/**
 * @typedef {object} State
 * @property {string} who the person whose eyes we look through
 * @property {string} place a channel id, or "home"
 * @property {string} thread the timestamp of the open thread, or ""
 * @property {import("./types.js").Workspace|null} data
 * @property {import("./types.js").Message[]} messages of the channel, oldest first
 * @property {import("./types.js").Message[]} replies of the open thread, its first message included
 * @property {import("./types.js").View|null} home
 * @property {import("./types.js").View[]} views the stack of modals, the last one shown
 * @property {Record<string, number>} unread by channel
 * @property {boolean} online
 */

/** @type {State} */
export const state = {
  who: "",
  place: "",
  thread: "",
  data: null,
  messages: [],
  replies: [],
  home: null,
  views: [],
  unread: {},
  online: true,
};

/** @type {(() => void)[]} */
const listeners = [];
let due = false;

/**
 * Call `listener` after every change; several changes in one turn count as one.
 * @param {() => void} listener
 */
export function subscribe(listener) {
  listeners.push(listener);
}

/** @param {Partial<State>} changes */
export function update(changes) {
  Object.assign(state, changes);
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    for (const listener of listeners) listener();
  });
}

/** @param {string|undefined} id */
export function person(id) {
  return state.data?.people.find((one) => one.id === id);
}

/** @param {string|undefined} id */
export function channel(id) {
  return state.data?.channels.find((one) => one.id === id);
}

/**
 * The zone in which the viewer reads times.
 * @returns {string}
 */
export function zone() {
  return state.data?.me.tz ?? "UTC";
}

/**
 * A channel as people call it: "#deploys", or the name of the other one in a direct message.
 * @param {import("./types.js").Channel} one
 */
export function channelName(one) {
  if (!one.is_im) return one.name;
  if (one.with === state.data?.app.bot_user_id) return state.data?.app.name ?? one.name;
  return person(one.with)?.real_name ?? one.name;
}

/**
 * Who wrote a message.
 * @param {{user?: string, bot_id?: string, username?: string}} message
 * @returns {{id: string, name: string, color: string, isApp: boolean}}
 */
export function author(message) {
  const app = state.data?.app;
  if (app && (message.bot_id || message.user === app.bot_user_id))
    return { id: app.id, name: message.username ?? app.name, color: app.color, isApp: true };
  const one = person(message.user);
  return { id: message.user ?? "", name: one?.real_name ?? "Someone", color: one?.color ?? "", isApp: false };
}
