/**
 * @file The composer, of the channel and of the thread: completion, files, shortcuts, sending.
 */

import { completer } from "./completer.js";
import { commandOf } from "./completion.js";
import { h } from "./dom.js";
import { upload } from "./files.js";
import { icon, iconButton, opens } from "./icons.js";
import { menu } from "./menu.js";
import { channel, channelName, state } from "./store.js";
import { tell } from "./tell.js";
import { toast } from "./toast.js";

const TALLEST = 0.4; // of the window's height

/**
 * @param {HTMLElement} place where it is built
 * @param {boolean} inThread
 * @returns {{refresh: () => void, write: (text: string) => void}}
 *   refresh: after the state changed; write: put a draft into it
 */
export function composer(place, inThread) {
  const thread = () => (inThread ? state.thread : "");
  const field = h("textarea", { rows: 1, autocomplete: "off", oninput: changed, onkeydown: keys });
  const completion = completer(field, inThread, changed);
  const usage = h("p.usage", { hidden: true, role: "status" });
  const bolt = iconButton("bolt", "Shortcuts", () => shortcuts(bolt), opens("menu"));
  const attach = iconButton("clip", "Share a file", () => upload(state.place, thread()));
  const sender = h("button.icon-button.send", { type: "submit", "aria-label": "Send", title: "Send" }, icon("send"));
  const form = h(
    "form.composer",
    { onsubmit: submit },
    completion.list,
    usage,
    h("div.box", {}, bolt, field, attach, sender),
  );
  const join = h(
    "button.button.primary",
    { type: "button", onclick: () => tell("join", { channel: state.place }) },
    "Join",
  );
  const why = h("p");
  const closed = h("div.join", { hidden: true }, why, join);
  field.addEventListener("click", completion.look);
  field.addEventListener("blur", completion.close);
  place.replaceChildren(form, closed);

  function changed() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, window.innerHeight * TALLEST)}px`;
    completion.look();
    const command = inThread ? undefined : commandOf(field.value);
    usage.hidden = !command || !completion.list.hidden;
    if (command) {
      usage.replaceChildren(h("code", {}, `${command.command} ${command.usage_hint ?? ""}`), ` ${command.description}`);
    }
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.isComposing) return;
    if (!completion.key(event)) {
      if (event.key !== "Enter" || event.shiftKey) return;
      form.requestSubmit();
    }
    event.preventDefault();
  }

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text || field.readOnly) return;
    busy(true);
    const answer = await tell("type", { channel: state.place, text, thread_ts: thread() || undefined });
    busy(false);
    // Text that did not arrive stays, to be sent again.
    if (answer.ok && !answer.error) write("");
  }

  /** @param {boolean} on */
  function busy(on) {
    field.readOnly = on;
    form.toggleAttribute("aria-busy", on);
  }

  /** @param {string} text */
  function write(text) {
    field.value = text;
    field.setSelectionRange(text.length, text.length);
    changed();
  }

  function refresh() {
    const one = channel(state.place);
    const outside = one?.is_member === false;
    form.hidden = !one || one.is_archived || outside;
    closed.hidden = !one || !form.hidden;
    join.hidden = Boolean(one?.is_archived);
    why.textContent = one?.is_archived ? "This channel is archived." : "You are looking in from outside.";
    const name = one ? `${one.is_im ? "" : "#"}${channelName(one)}` : "";
    field.placeholder = inThread ? "Reply…" : `Message ${name}`;
    field.setAttribute("aria-label", inThread ? "Reply in the thread" : `Message ${name}`);
  }

  return { refresh, write: (text) => (write(text), field.focus()) };
}

/** @param {HTMLElement} anchor */
function shortcuts(anchor) {
  const found = (state.data?.shortcuts ?? []).filter((one) => one.type === "global");
  const items = found.map(({ name, description, callback_id }) => ({
    label: name,
    detail: description,
    run: () => tell("shortcut", { callback_id }),
  }));
  if (items.length) menu(anchor, "Shortcuts", items);
  else toast("The app has no shortcuts.");
}
