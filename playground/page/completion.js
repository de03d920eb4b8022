/**
 * @file What the composer can complete: commands, people and groups, channels, emoji.
 */

import { emojiStarting } from "./emoji.js";
import { state } from "./store.js";

/** @typedef {{insert: string, label: string, hint?: string, detail?: string}} Suggestion */

const MOST = 8;

/** @type {[RegExp, (start: string) => Suggestion[]][]} */
const KINDS = [
  [/^\/([\w-]*)$/, commands],
  [/(?<=^|\s)@([\w.-]*)$/, handles],
  [/(?<=^|\s)#([\w-]*)$/, rooms],
  [
    /(?<=^|\s):([a-z0-9_+-]{2,})$/,
    (start) =>
      emojiStarting(start).map((one) => ({ insert: `:${one.name}: `, label: one.character, detail: `:${one.name}:` })),
  ],
];

/**
 * @param {string} before the text up to the caret
 * @param {boolean} inThread slash commands can't be used there
 * @returns {{from: number, items: Suggestion[]}} where the completed word begins, and what could stand there
 */
export function suggestions(before, inThread) {
  for (const [pattern, find] of KINDS) {
    const found = pattern.exec(before);
    if (found && !(inThread && find === commands))
      return { from: found.index, items: find(found[1].toLowerCase()).slice(0, MOST) };
  }
  return { from: 0, items: [] };
}

/** @param {string} start */
function commands(start) {
  const fitting = (state.data?.commands ?? []).filter((one) => one.command.slice(1).startsWith(start));
  return fitting.map((one) => ({
    insert: `${one.command} `,
    label: one.command,
    hint: one.usage_hint,
    detail: one.description,
  }));
}

/** @param {string} start */
function handles(start) {
  const people = (state.data?.people ?? []).map((one) => ({
    insert: `@${one.name} `,
    label: `@${one.name}`,
    detail: [one.real_name, one.title].filter(Boolean).join(" · "),
  }));
  const groups = (state.data?.groups ?? []).map((one) => ({
    insert: `@${one.handle} `,
    label: `@${one.handle}`,
    detail: one.name,
  }));
  return [...people, ...groups].filter(
    (one) => one.label.slice(1).startsWith(start) || one.detail.toLowerCase().startsWith(start),
  );
}

/** @param {string} start */
function rooms(start) {
  const fitting = (state.data?.channels ?? []).filter((one) => !one.is_im && one.name.startsWith(start));
  return fitting.map((one) => ({ insert: `#${one.name} `, label: `#${one.name}`, detail: one.purpose }));
}

/** @param {string} text the command that it begins with, once its name is complete */
export function commandOf(text) {
  const name = /^(\/[\w-]+)\s/.exec(text)?.[1];
  return name ? state.data?.commands.find((one) => one.command === name) : undefined;
}
