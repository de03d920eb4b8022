/**
 * @file Slack's mrkdwn as DOM nodes. Tokens and code are set aside first, so that no style can begin inside them.
 */

import { timeNode } from "./dates.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { routeTo } from "./route.js";
import { channel, channelName, person, state } from "./store.js";

const HELD = /`([^`\n]+)`|<([^<>\n]+)>|(https?:\/\/[^\s<>|]*[^\s<>|*_~.,;:!?)'"])/g;
const STYLED = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;
const LEAF = /\uE000(\d+)\uE001|:([a-z0-9_+'-]+):/g;
const QUOTE = /^(?:&gt;|>) ?/;
const ITEM = /^(\s*)(•|◦|-|\d+[.)])\s+/;
const TAGS = /** @type {Record<string, string>} */ ({ "*": "strong", _: "em", "~": "s" });
const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

/**
 * A text object, or a bare string of mrkdwn, as nodes.
 * @param {import("./types.js").Text|string|undefined} text
 * @returns {Node[]}
 */
export function textNodes(text) {
  if (!text) return [];
  if (typeof text === "string") return mrkdwn(text);
  return text.type === "mrkdwn" ? mrkdwn(text.text) : plainNodes(text.text);
}

/** @param {string} text plain_text: emoji codes are the only markup @returns {Node[]} */
export function plainNodes(text) {
  return lines(text.split("\n").map((line) => leaf(line.replace(/[\uE000\uE001]/g, ""), [])));
}

/** @param {string} text @returns {Node[]} */
export function mrkdwn(text) {
  return text.split(/```\n?([\s\S]*?)\n?```/).flatMap((part, index) => {
    if (index % 2) return [h("pre", { tabindex: 0 }, h("code", {}, tokens(part)))];
    return paragraphs(part.replace(/^\n|\n$/g, ""));
  });
}

/** @param {string} text @returns {Node[]} */
function paragraphs(text) {
  if (!text) return [];
  /** @type {{kind: "quote"|"item"|"line", lines: string[]}[]} */
  const groups = [];
  let quoting = false;
  for (const line of text.split("\n")) {
    quoting ||= line.startsWith("&gt;&gt;&gt;");
    const kind = quoting || QUOTE.test(line) ? "quote" : ITEM.test(line) ? "item" : "line";
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else groups.push({ kind, lines: [line] });
  }
  return groups.flatMap((group) => {
    if (group.kind === "quote")
      return [
        h(
          "blockquote",
          {},
          paragraphs(group.lines.map((line) => line.replace(/^(?:&gt;){3} ?/, "").replace(QUOTE, "")).join("\n")),
        ),
      ];
    if (group.kind === "item") return [h("ul.items", {}, group.lines.map(item))];
    return lines(group.lines.map(inline));
  });
}

/** @param {string} line the marker is kept as it was written, as Slack does */
function item(line) {
  const [matched, indent, marker] = ITEM.exec(line) ?? ["", "", ""];
  return h(
    "li",
    { class: indent.length > 1 ? "deep" : null },
    h("span.marker", { "aria-hidden": "true" }, marker),
    h("span", {}, inline(line.slice(matched.length))),
  );
}

/** @param {Node[][]} rows @returns {Node[]} */
function lines(rows) {
  return rows.flatMap((row, index) => (index ? [h("br"), ...row] : row));
}

/** @param {string} text one line @returns {Node[]} */
export function inline(text) {
  /** @type {Node[]} */
  const held = [];
  const bare = text.replace(/[\uE000\uE001]/g, "").replace(HELD, (_, code, token, url) => {
    held.push(
      code !== undefined ? h("code", {}, tokens(code)) : token !== undefined ? tokenNode(token) : link(unescape(url)),
    );
    return `\uE000${held.length - 1}\uE001`;
  });
  return styled(bare, held);
}

/** @param {string} text @param {Node[]} held @returns {Node[]} */
function styled(text, held) {
  const found = STYLED.exec(text);
  if (!found) return leaf(text, held);
  const [all, mark, inner] = found;
  return [
    ...leaf(text.slice(0, found.index), held),
    h(TAGS[mark], {}, styled(inner, held)),
    ...styled(text.slice(found.index + all.length), held),
  ];
}

/** @param {string} text @param {Node[]} held @returns {Node[]} */
function leaf(text, held) {
  /** @type {Node[]} */
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(LEAF)) {
    const node = found[1] !== undefined ? held[Number(found[1])] : emoji(found[2]);
    if (!node) continue;
    nodes.push(document.createTextNode(unescape(text.slice(from, found.index))), node);
    from = found.index + found[0].length;
  }
  nodes.push(document.createTextNode(unescape(text.slice(from))));
  return nodes.filter((node) => node.nodeType !== Node.TEXT_NODE || node.textContent);
}

/** @param {string} text code: tokens are resolved, nothing else @returns {Node[]} */
function tokens(text) {
  return text
    .split(/<([^<>\n]+)>/)
    .map((part, index) => (index % 2 ? tokenNode(part) : document.createTextNode(unescape(part))));
}

/** @param {string} text */
function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** @param {string} token what stood between < and > @returns {Node} */
function tokenNode(token) {
  const cut = token.indexOf("|");
  const target = cut < 0 ? token : token.slice(0, cut);
  const label = cut < 0 ? "" : unescape(token.slice(cut + 1));
  if (target.startsWith("@")) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return broadcast(target.slice(1), label);
  return link(unescape(target), label);
}

/** @param {string} id @param {string} [label] */
export function mention(id, label) {
  const name = person(id)?.real_name ?? (id === state.data?.app.bot_user_id ? state.data.app.name : label || id);
  return h("span.mention", { class: id === state.who ? "mine" : null }, `@${name}`);
}

/** @param {string} id @param {string} [label] */
export function channelLink(id, label) {
  const one = channel(id);
  if (!one) return h("span.mention", {}, `#${label || "private channel"}`);
  return h("a.mention", { href: routeTo({ place: id }) }, `#${channelName(one)}`);
}

/** @param {string} what "here", "channel", "everyone" or "subteam^S…" @param {string} [label] */
export function broadcast(what, label) {
  const group = what.startsWith("subteam^") && state.data?.groups.find((one) => one.id === what.slice(8));
  const name = group ? group.handle : (label || what).replace(/^@/, "");
  return h("span.mention", { class: !group || group.users.includes(state.who) ? "mine" : null }, `@${name}`);
}

/** @param {string} target "!date^seconds^form^link" @param {string} label shown where dates cannot be */
function date(target, label) {
  const [, seconds, form, url] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime()) || !form) return document.createTextNode(label);
  const node = timeNode(at, form);
  return url ? link(url, "", node) : node;
}

/**
 * A link that opens in its own tab; a scheme that could run something stays text.
 * @param {string} url
 * @param {string} [label]
 * @param {Node} [content]
 * @returns {Node}
 */
export function link(url, label, content) {
  const shown = content ?? document.createTextNode(label || url.replace(/^mailto:/, ""));
  if (!URL.canParse(url) || !SCHEMES.has(new URL(url).protocol)) return shown;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, shown);
}
