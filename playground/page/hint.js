/**
 * @file The first-visit hint: the story to try, one click away.
 */

import { byId, h } from "./dom.js";
import { iconButton } from "./icons.js";
import { go } from "./route.js";
import { state } from "./store.js";

const SEEN = "hint-seen";
const COMMAND = "/deploy api v1.2 production";

/** @param {(text: string) => void} write puts a draft into the channel's composer */
export function hint(write) {
  const place = byId("hint");
  if (localStorage.getItem(SEEN)) return;
  const dismiss = () => {
    localStorage.setItem(SEEN, "yes");
    place.hidden = true;
  };
  const room = () => state.data?.channels.find((one) => one.name === "deploys")?.id;
  const as = (/** @type {string} */ name) => state.data?.people.find((one) => one.name === name)?.id;
  const begin = () => {
    go({ who: as("dana"), place: room() });
    write(COMMAND);
  };
  const approve = () => {
    const asked = state.messages.findLast((message) => message.bot_id && message.reply_count);
    go({ who: as("ari"), place: room(), thread: asked?.ts });
  };
  place.replaceChildren(
    h(
      "p",
      {},
      h("strong", {}, "First time aboard? "),
      "Type ",
      h("code", {}, COMMAND),
      " in #deploys as Dana, then approve as Ari.",
    ),
    h(
      "div.row",
      {},
      h("button.button.primary", { type: "button", onclick: begin }, "Start as Dana"),
      h("button.button", { type: "button", onclick: approve }, "Become Ari"),
      iconButton("close", "Dismiss the hint", dismiss),
    ),
  );
  place.hidden = false;
}
