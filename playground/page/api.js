/**
 * @file The workspace's control interface: reading, acting, and the live stream.
 */

import { state } from "./store.js";

const LONGEST_PAUSE_MS = 8000;

/** What went wrong, in the words that people see. */
const EXPLAINED = /** @type {Record<string, string>} */ ({
  not_in_channel: "You are not a member of this channel.",
  name_taken: "There is a channel of that name already.",
  unreachable: "The workspace does not answer. Is the playground still running?",
});

/** @param {{error?: string, detail?: string}} answer */
export function explain(answer) {
  const word = answer.error ?? "unknown_error";
  return EXPLAINED[word] ?? (answer.detail ? `${answer.detail} (${word})` : word.replaceAll("_", " "));
}

/**
 * @param {string} path
 * @param {Record<string, string>} [query] `as` is added
 * @returns {Promise<any>} the answer; {ok: false, error} when nobody answers
 */
export function read(path, query = {}) {
  return request(`/play/${path}?${new URLSearchParams({ as: state.who, ...query })}`);
}

/**
 * Do something as the current person. The answer comes when the app acknowledged or its 3 seconds are over.
 * @param {string} verb
 * @param {Record<string, any>} body
 * @returns {Promise<any>}
 */
export function act(verb, body = {}) {
  return send("POST", `act/${verb}`, { as: state.who, ...body });
}

/**
 * @param {"POST"|"DELETE"} method
 * @param {string} path
 * @param {Record<string, any>} body
 */
export function send(method, path, body = {}) {
  return request(`/play/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** @param {string} url @param {RequestInit} [options] */
async function request(url, options) {
  try {
    const response = await fetch(url, options);
    return await response.json();
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

/**
 * Listen to what `who` sees, reconnecting with growing pauses until `stop` is called.
 * @param {string} who
 * @param {{opened: () => void, lost: () => void, event: (event: any) => void}} on
 * @returns {() => void} stop
 */
export function listen(who, on) {
  let pause = 250;
  let stopped = false;
  /** @type {WebSocket} */
  let socket;
  const connect = () => {
    if (stopped) return;
    socket = new WebSocket(
      `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/play/events?as=${encodeURIComponent(who)}`,
    );
    socket.onopen = () => {
      pause = 250;
      on.opened();
    };
    socket.onmessage = ({ data }) => {
      if (!stopped) on.event(JSON.parse(data));
    };
    socket.onclose = () => {
      if (stopped) return;
      on.lost();
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    };
  };
  connect();
  return () => {
    stopped = true;
    socket.close();
  };
}
