/**
 * @file Puts the page together: mounts what has its own state, and renders the rest after each change.
 */

import { composer } from "./composer.js";
import { keepFresh } from "./dates.js";
import { developer } from "./developer.js";
import { byId } from "./dom.js";
import { renderHeader } from "./header.js";
import { hint } from "./hint.js";
import { renderHome } from "./home.js";
import { icon } from "./icons.js";
import { closeThread, renderMessages, renderThread, watchScrolling } from "./messages.js";
import { renderModal } from "./modal.js";
import { moreChannels, renderSidebar } from "./sidebar.js";
import { state, subscribe } from "./store.js";
import { start } from "./sync.js";
import { theme } from "./theme.js";

for (const node of document.querySelectorAll("[data-icon]")) node.prepend(icon(node.getAttribute("data-icon") ?? ""));

const main = composer(byId("composer"), false);
const reply = composer(byId("reply"), true);
const body = document.body;
const phone = matchMedia("(max-width: 760px)");

/** @param {boolean} open the sidebar, which is a drawer on a phone */
function navigation(open) {
  if (open === body.classList.contains("with-navigation")) return;
  body.classList.toggle("with-navigation", open);
  byId("open-navigation").setAttribute("aria-expanded", String(open));
  settle();
  byId(open ? "close-navigation" : "open-navigation").focus();
}

/** What lies under a drawer or a full screen can't be reached by the keyboard either. */
function settle() {
  const drawer = body.classList.contains("with-navigation");
  byId("main").inert = phone.matches && (drawer || Boolean(state.thread));
  byId("thread").inert = phone.matches && drawer;
}

function render() {
  renderSidebar();
  renderHeader();
  renderMessages();
  renderThread();
  renderHome();
  renderModal();
  main.refresh();
  reply.refresh();
  settle();
  byId("offline").hidden = state.online;
  byId("disconnected").hidden = !state.online || (state.data?.app.connected ?? true);
}

byId("open-navigation").addEventListener("click", () => navigation(true));
byId("more-channels").addEventListener("click", () => moreChannels(byId("more-channels")));
byId("skip").addEventListener("click", () => byId("composer").querySelector("textarea").focus());
byId("veil").addEventListener("click", () => navigation(false));
byId("close-navigation").addEventListener("click", () => navigation(false));
byId("close-thread").addEventListener("click", closeThread);
byId("thread").addEventListener(
  "keydown",
  (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && !event.defaultPrevented && closeThread(),
);
phone.addEventListener("change", settle);
addEventListener("hashchange", () => navigation(false));
addEventListener("keydown", (event) => event.key === "Escape" && navigation(false));
document.addEventListener("messages-hidden", render);

subscribe(render);
watchScrolling();
keepFresh();
theme(byId("theme"));
developer(byId("open-developer"));
hint(main.write);
start();
