/**
 * @file Block Kit: a block becomes a DOM node. Kinds that we do not know say so instead of vanishing.
 */

import { chart } from "./chart.js";
import { h, uid } from "./dom.js";
import { element, isControl } from "./elements.js";
import { image } from "./files.js";
import { markdown } from "./markdown.js";
import { plainNodes, textNodes } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { dataTable, table } from "./table.js";

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Surface} Surface */

/** @type {Record<string, (block: Block, surface: Surface) => HTMLElement>} */
const KINDS = {
  header: (block) => h("h3.header", {}, plainNodes(block.text.text)),
  section,
  context: (block) => h("div.context", {}, block.elements.map(contextPart)),
  divider: () => h("hr"),
  actions: (block, surface) =>
    h(
      "div.actions",
      {},
      block.elements.map((/** @type {Block} */ one) => element(one, block, surface)),
    ),
  image: (block) =>
    h(
      "figure.picture",
      {},
      block.title && h("figcaption", {}, plainNodes(block.title.text)),
      image(block.image_url ?? block.slack_file?.url, block.alt_text),
    ),
  input,
  rich_text: richText,
  table,
  data_table: dataTable,
  data_visualization: chart,
  markdown: (block) => markdown(block.text),
  alert: (block) => h("div.alert", { class: block.level ?? "default", role: "note" }, textNodes(block.text)),
  container: (block, surface) =>
    h(
      "div.container",
      {},
      block.title && h("h4", {}, textNodes(block.title)),
      blockNodes(block.child_blocks ?? block.blocks ?? [], surface),
    ),
};

/**
 * @param {Block[]} blocks
 * @param {Surface} surface
 * @returns {HTMLElement[]}
 */
export function blockNodes(blocks, surface) {
  return blocks.map((block) => {
    const build = KINDS[block.type];
    const node = build
      ? build(block, surface)
      : h("p.unknown", {}, `A block of type “${block.type}”, which this page does not show.`);
    node.classList.add("block");
    return node;
  });
}

/** @param {Block} block @param {Surface} surface */
function section(block, surface) {
  const { accessory, text, fields } = block;
  const aside =
    accessory &&
    (isControl(accessory) ? element(accessory, block, surface) : image(accessory.image_url, accessory.alt_text));
  return h(
    "div.section",
    {},
    h(
      "div.grow",
      {},
      text && h("div.text", {}, textNodes(text)),
      fields &&
        h(
          "div.fields",
          {},
          fields.map((/** @type {Block} */ one) => h("div.text", {}, textNodes(/** @type {any} */ (one)))),
        ),
    ),
    aside && h("div.accessory", {}, aside),
  );
}

/** @param {Block} part */
function contextPart(part) {
  if (part.type === "image") return h("span.thumb", {}, image(part.image_url, part.alt_text));
  return h("span.text", {}, textNodes(/** @type {any} */ (part)));
}

/** @param {Block} block @param {Surface} surface */
function input(block, surface) {
  const [label, hint, error] = [uid("label"), uid("hint"), uid("error")];
  const control = element(block.element, block, surface);
  const field = /** @type {HTMLElement|null} */ (
    control.matches("input, textarea, [role=group], [role=radiogroup]")
      ? control
      : control.querySelector("input, textarea")
  );
  field?.setAttribute("aria-labelledby", label);
  field?.setAttribute("aria-describedby", `${hint} ${error}`);
  if (!block.optional) field?.setAttribute("aria-required", "true");
  return h(
    "div.input",
    { "data-block": block.block_id },
    h(
      "div.label",
      { id: label, onclick: () => field?.focus() },
      plainNodes(block.label.text),
      block.optional && h("span.optional", {}, " (optional)"),
    ),
    control,
    h("p.error", { id: error, hidden: true }),
    h("p.hint", { id: hint, hidden: !block.hint }, block.hint && plainNodes(block.hint.text)),
  );
}
