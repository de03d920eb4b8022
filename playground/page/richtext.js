/**
 * @file rich_text blocks: what people compose in Slack's own editor, as DOM nodes.
 */

import { timeNode } from "./dates.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, channelLink, link, mention } from "./mrkdwn.js";

/** @typedef {import("./types.js").Element} Element */

const TAGS = /** @type {[string, string][]} */ ([
  ["code", "code"],
  ["strike", "s"],
  ["underline", "u"],
  ["italic", "em"],
  ["bold", "strong"],
]);

/** @type {Record<string, (part: Element) => Node>} */
const PARTS = {
  rich_text_section: (part) => h("div", {}, inlines(part)),
  rich_text_preformatted: (part) => h("pre", { tabindex: 0 }, h("code", {}, inlines(part))),
  rich_text_quote: (part) => h("blockquote", {}, inlines(part)),
  rich_text_list: (part) => {
    const ordered = part.style === "ordered";
    return h(
      ordered ? "ol" : "ul",
      { start: ordered && part.offset ? part.offset + 1 : null, class: `indent-${Math.min(part.indent ?? 0, 5)}` },
      part.elements.map((/** @type {Element} */ one) => h("li", {}, inlines(one))),
    );
  },
};

/** @type {Record<string, (part: Element) => Node|null>} */
const INLINES = {
  text: (part) => breaks(part.text),
  link: (part) => link(part.url, part.text),
  emoji: (part) => emoji(part.name) ?? document.createTextNode(`:${part.name}:`),
  user: (part) => mention(part.user_id),
  usergroup: (part) => broadcast(`subteam^${part.usergroup_id}`),
  channel: (part) => channelLink(part.channel_id),
  broadcast: (part) => broadcast(part.range),
  color: (part) => h("code", {}, part.value),
  date: (part) => timeNode(new Date(part.timestamp * 1000), part.format ?? "{date_short_pretty}"),
};

/** @param {import("./types.js").Block} block @returns {HTMLElement} */
export function richText(block) {
  return h(
    "div.text",
    {},
    block.elements.map((/** @type {Element} */ part) => PARTS[part.type]?.(part)),
  );
}

/** @param {Element} part @returns {Node[]} */
function inlines(part) {
  return part.elements.map((/** @type {Element} */ one) => {
    const node = INLINES[one.type]?.(one) ?? document.createTextNode(one.text ?? "");
    return TAGS.reduce((inner, [style, tag]) => (one.style?.[style] ? h(tag, {}, inner) : inner), node);
  });
}

/** @param {string} text */
function breaks(text) {
  const whole = document.createDocumentFragment();
  for (const [index, line] of text.split("\n").entries()) whole.append(...(index ? [h("br"), line] : [line]));
  return whole;
}
