/**
 * @file The markdown block: standard Markdown, the part of it that Slack renders, as DOM nodes.
 */

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { link } from "./mrkdwn.js";

const FENCE = /^\s*```/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^\s*> ?/;
const ITEM = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(?:\[([ xX])\]\s+)?/;
const DIVISION = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const INLINE = new RegExp(
  [
    /(?<tick>`+)(?<code>.+?)\k<tick>/,
    /!?\[(?<label>[^\]]*)\]\((?<target>[^)\s]+)[^)]*\)/, // an image is shown as its link
    /(?<stars>\*\*|__)(?=\S)(?<strong>.+?)\k<stars>/,
    /(?<star>\*|_)(?=\S)(?<em>.+?)\k<star>(?!\w)/,
    /~~(?<strike>.+?)~~/,
    /:(?<name>[a-z0-9_+-]+):/,
    /<?(?<url>https?:\/\/[^\s<>]*[^\s<>.,;:!?)'"])>?/,
  ]
    .map((part) => part.source)
    .join("|"),
);

/** @param {string} text @returns {HTMLElement} */
export function markdown(text) {
  return h("div.text.markdown", {}, blocks(text.split("\n")));
}

/** @param {string[]} lines @returns {Node[]} */
function blocks(lines) {
  /** @type {Node[]} */
  const nodes = [];
  let rest = lines;
  while (rest.length) {
    const [count, node] = next(rest);
    if (node) nodes.push(node);
    rest = rest.slice(count);
  }
  return nodes;
}

/** @param {string[]} lines @returns {[number, Node|null]} how many lines the first block takes, and the block */
function next(lines) {
  const [first, second = ""] = lines;
  const heading = HEADING.exec(first);
  if (!first.trim()) return [1, null];
  if (FENCE.test(first)) return fence(lines);
  if (heading) return [1, h(`h${Math.min(heading[1].length + 2, 6)}`, {}, inline(heading[2]))];
  if (RULE.test(first)) return [1, h("hr")];
  if (QUOTE.test(first)) return quote(lines);
  if (ITEM.test(first)) return list(lines);
  if (first.includes("|") && DIVISION.test(second)) return table(lines);
  return paragraph(lines);
}

/** @param {string[]} lines @param {(line: string) => boolean} belongs */
function span(lines, belongs) {
  const end = lines.findIndex((line, index) => index > 0 && !belongs(line));
  return end < 0 ? lines.length : end;
}

/** @param {string[]} lines @returns {[number, Node]} */
function fence(lines) {
  const end = lines.findIndex((line, index) => index > 0 && FENCE.test(line));
  const last = end < 0 ? lines.length : end;
  return [last + 1, h("pre", { tabindex: 0 }, h("code", {}, lines.slice(1, last).join("\n")))];
}

/** @param {string[]} lines @returns {[number, Node]} */
function quote(lines) {
  const count = span(lines, (line) => QUOTE.test(line));
  return [count, h("blockquote", {}, blocks(lines.slice(0, count).map((line) => line.replace(QUOTE, ""))))];
}

/** @param {string[]} lines @returns {[number, Node]} */
function list(lines) {
  const depth = indent(lines[0]);
  const count = span(
    lines,
    (line) => line.trim() !== "" && (ITEM.test(line) ? indent(line) >= depth : indent(line) > depth),
  );
  const starts = lines
    .slice(0, count)
    .flatMap((line, index) => (ITEM.test(line) && indent(line) <= depth ? [index] : []));
  const items = starts.map((start, index) => {
    const [line, ...inner] = lines.slice(start, starts[index + 1] ?? count);
    const done = ITEM.exec(line)?.[3];
    const box =
      done !== undefined &&
      h("input", {
        type: "checkbox",
        checked: done !== " ",
        disabled: true,
        "aria-label": done === " " ? "to do" : "done",
      });
    return h("li", { class: done === undefined ? null : "task" }, box, inline(line.replace(ITEM, "")), blocks(inner));
  });
  const number = ITEM.exec(lines[0])?.[2];
  return [count, number ? h("ol", { start: number }, items) : h("ul", {}, items)];
}

/** @param {string} line */
function indent(line) {
  return line.length - line.trimStart().length;
}

/** @param {string[]} lines @returns {[number, Node]} */
function table(lines) {
  const count = span(lines, (line) => line.includes("|"));
  const [head, , ...body] = lines.slice(0, count).map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|"),
  );
  const row = (/** @type {string[]} */ cells, /** @type {string} */ tag) =>
    h(
      "tr",
      {},
      cells.map((cell) => h(tag, {}, inline(cell.trim()))),
    );
  const whole = h(
    "table",
    {},
    h("thead", {}, row(head, "th")),
    h(
      "tbody",
      {},
      body.map((cells) => row(cells, "td")),
    ),
  );
  return [count, h("div.scroller", { tabindex: 0, role: "group", "aria-label": "Table" }, whole)];
}

/** @param {string[]} lines @returns {[number, Node]} */
function paragraph(lines) {
  const count = span(
    lines,
    (line) => line.trim() !== "" && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((other) => other.test(line)),
  );
  return [
    count,
    h(
      "p",
      {},
      lines.slice(0, count).flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line))),
    ),
  ];
}

/** @param {string} text @returns {(Node|string)[]} */
function inline(text) {
  const found = INLINE.exec(text);
  if (!found) return text ? [text] : [];
  return [text.slice(0, found.index), styled(found), ...inline(text.slice(found.index + found[0].length))].filter(
    Boolean,
  );
}

/** @param {RegExpExecArray} found @returns {Node|string} */
function styled({ 0: all, groups = {} }) {
  const { code, label, target, strong, em, strike, name, url } = groups;
  if (code !== undefined) return h("code", {}, code);
  if (target !== undefined) return link(target, label);
  if (strong !== undefined) return h("strong", {}, inline(strong));
  if (em !== undefined) return h("em", {}, inline(em));
  if (strike !== undefined) return h("s", {}, inline(strike));
  if (url !== undefined) return link(url);
  return emoji(name) ?? all;
}
