/**
 * @file The app's Home tab.
 */

import { blockNodes } from "./blocks.js";
import { byId, h } from "./dom.js";
import { state } from "./store.js";
import { surface } from "./surface.js";

let drawn = "";

/** Render the Home tab, when it is where we are. */
export function renderHome() {
  const tab = byId("home");
  tab.hidden = state.place !== "home";
  const signature = tab.hidden ? "" : JSON.stringify([state.who, state.home, Boolean(state.data)]);
  if (signature === drawn) return;
  drawn = signature;
  const view = state.home;
  tab.replaceChildren(
    ...(view
      ? blockNodes(view.blocks, surface("home", { view_id: view.id }))
      : [h("p.empty", {}, "The app has not published a Home tab for you yet.")]),
  );
}
