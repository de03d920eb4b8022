/**
 * @file One combobox for every select: type to narrow, arrows and Enter to choose, chips when several may be chosen.
 */

import { h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { place } from "./menu.js";

/** @typedef {{value: string, label: string, detail?: string, raw: any}} Option */
/** @typedef {{label: string, options: Option[]}} OptionGroup */
/**
 * @typedef {object} Given
 * @property {boolean} multiple
 * @property {number} most how many may be chosen
 * @property {string} placeholder
 * @property {Option[]} chosen
 * @property {string} focus the element's name for keeping the focus
 * @property {number} debounce milliseconds to wait for more typing before `load`
 * @property {(text: string) => Promise<OptionGroup[]|null>} load null asks for more typing
 * @property {(chosen: Option[], node: HTMLElement) => Promise<boolean>} pick false leaves everything as it was
 */

/** @param {Given} given @returns {HTMLElement} */
export function combobox(given) {
  const id = uid("options");
  let chosen = given.chosen;
  let active = -1;
  let asked = 0;
  /** @type {Option[]} */
  let options = [];
  const list = h("div.popover.options", {
    id,
    role: "listbox",
    popover: "manual",
    "aria-label": given.placeholder,
    "aria-multiselectable": given.multiple ? "true" : null,
    onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
  });
  const field = h("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    "aria-label": given.placeholder,
    autocomplete: "off",
    spellcheck: "false",
    "data-focus": given.focus,
    oninput: () => show(field.value),
    onclick: () => show(""),
    onkeydown: keys,
    onblur: hide,
  });
  const chips = h("span.chips");
  const node = h("div.combobox", { class: given.multiple ? "multiple" : null }, chips, field, icon("chevron"), list);

  function rest() {
    field.value = given.multiple ? "" : (chosen[0]?.label ?? "");
    field.placeholder = given.multiple && chosen.length ? "" : given.placeholder;
    if (given.multiple) chips.replaceChildren(...chosen.map(chip));
  }

  /** @param {Option} option */
  function chip(option) {
    const remove = () => choose(chosen.filter((one) => one.value !== option.value));
    return h(
      "button.chip",
      { type: "button", "aria-label": `Remove ${option.label}`, onclick: remove },
      option.label,
      icon("close"),
    );
  }

  /** @param {string} text */
  async function show(text) {
    const mine = ++asked;
    if (given.debounce) await new Promise((done) => setTimeout(done, given.debounce));
    const groups = mine === asked ? await given.load(text) : null;
    if (mine !== asked || document.activeElement !== field) return;
    options = (groups ?? []).flatMap((group) => group.options);
    active = options.length
      ? Math.max(
          0,
          options.findIndex((one) => isChosen(one)),
        )
      : -1;
    list.replaceChildren(...(groups ?? []).filter((group) => group.options.length).map(groupNode));
    if (!options.length) list.append(h("p.none", {}, groups ? "Nothing matches" : "Type to search"));
    open();
  }

  function open() {
    list.style.minWidth = `${node.offsetWidth}px`;
    if (!list.matches(":popover-open")) list.showPopover();
    place(list, node);
    field.setAttribute("aria-expanded", "true");
    mark();
  }

  function hide() {
    asked += 1;
    if (list.matches(":popover-open")) list.hidePopover();
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    rest();
  }

  /** @param {Option} option */
  function isChosen(option) {
    return chosen.some((one) => one.value === option.value);
  }

  /** @param {OptionGroup} group */
  function groupNode(group) {
    const nodes = group.options.map((option) =>
      h(
        "div.option",
        {
          id: `${id}-${options.indexOf(option)}`,
          role: "option",
          "aria-selected": String(isChosen(option)),
          onclick: () => toggle(option),
        },
        h("span.label", {}, option.label),
        option.detail && h("span.detail", {}, option.detail),
      ),
    );
    return h(
      "div",
      { role: "group", "aria-label": group.label || null },
      group.label && h("p.group", { "aria-hidden": "true" }, group.label),
      nodes,
    );
  }

  function mark() {
    for (const one of list.querySelectorAll(".option")) one.classList.toggle("active", one.id === `${id}-${active}`);
    const current = document.getElementById(`${id}-${active}`);
    if (current) field.setAttribute("aria-activedescendant", current.id);
    current?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Option} option */
  function toggle(option) {
    if (!given.multiple) return choose([option]);
    const fewer = chosen.filter((one) => one.value !== option.value);
    if (fewer.length < chosen.length) return choose(fewer);
    if (chosen.length < given.most) choose([...chosen, option]);
  }

  /** @param {Option[]} wanted */
  async function choose(wanted) {
    hide();
    const before = chosen;
    chosen = wanted;
    rest();
    if (await given.pick(wanted, node)) return;
    chosen = before;
    rest();
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    const opened = list.matches(":popover-open");
    if (event.key === "Backspace" && !field.value && given.multiple && chosen.length)
      return choose(chosen.slice(0, -1));
    if (event.key === "Tab") return;
    if (event.key === "Escape" && opened) hide();
    else if (event.key === "Enter" && opened && options[active]) toggle(options[active]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1, opened);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {1|-1} by @param {boolean} opened */
  function move(by, opened) {
    if (!opened) return show("");
    active = (active + by + options.length) % options.length;
    mark();
  }

  rest();
  return node;
}
