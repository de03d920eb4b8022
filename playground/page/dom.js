/**
 * @file Building and updating DOM trees. Data becomes text and attribute values here, never markup.
 */

/** @typedef {Node|string|number|null|undefined|false} Leaf */
/** @typedef {Leaf|Leaf[]|NodeList} Child */

const PROPERTIES = new Set(["value", "checked", "readOnly", "disabled", "hidden"]);
const SVG = "http://www.w3.org/2000/svg";
/** @type {WeakMap<Element, string>} */
const signatures = new WeakMap();
let ids = 0;

/**
 * An HTML element. `tag` is a name with classes ("p.note"). Of the attributes, functions named `on…` listen; null and
 * false leave one out.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {any} typed loosely, as the tag name decides
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElement(name), classes, attributes, children);
}

/**
 * An SVG element, with the same arguments as `h`.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {any}
 */
export function svg(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return furnish(document.createElementNS(SVG, name), classes, attributes, children);
}

/**
 * @param {any} node
 * @param {string[]} classes
 * @param {Record<string, any>} attributes
 * @param {Child[]} children
 */
function furnish(node, classes, attributes, children) {
  if (classes.length) node.classList.add(...classes);
  for (const [key, given] of Object.entries(attributes)) {
    if (given === null || given === undefined || given === false) continue;
    if (key === "class") node.classList.add(...given.split(" "));
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), given);
    else if (PROPERTIES.has(key)) node[key] = given;
    else node.setAttribute(key, given === true ? "" : String(given));
  }
  node.append(.../** @type {any[]} */ (children.flatMap(leaves)));
  return node;
}

/** @param {Child} child @returns {(Node|string)[]} */
function leaves(child) {
  if (child === null || child === undefined || child === false) return [];
  if (Array.isArray(child)) return child.flatMap(leaves);
  return [child instanceof Node ? child : String(child)];
}

/**
 * A new id for aria references.
 * @param {string} prefix
 */
export function uid(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}

/**
 * Make the children of `parent` be `entries`, in order, rebuilding only those whose signature changed.
 * The keyboard focus survives when the rebuilt child has an element with the same `data-focus`.
 * @param {Element} parent
 * @param {{key: string, signature: string, build: () => HTMLElement}[]} entries
 */
export function reconcile(parent, entries) {
  const old = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, child]));
  let cursor = parent.firstElementChild;
  for (const { key, signature, build } of entries) {
    let node = old.get(key);
    old.delete(key);
    if (!node || signatures.get(node) !== signature) {
      const fresh = build();
      fresh.dataset.key = key;
      signatures.set(fresh, signature);
      if (node) {
        if (cursor === node) cursor = node.nextElementSibling;
        replace(node, fresh);
      }
      node = fresh;
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const gone of old.values()) gone.remove();
}

/**
 * Put `fresh` where `node` was and keep the focus on the element that means the same.
 * @param {Element} node
 * @param {Element} fresh
 */
export function replace(node, fresh) {
  const active = /** @type {HTMLElement|null} */ (document.activeElement);
  const focus = node.contains(active) ? active?.dataset.focus : undefined;
  node.replaceWith(fresh);
  if (!focus) return;
  const twin = /** @type {HTMLElement|null} */ (fresh.querySelector(`[data-focus="${CSS.escape(focus)}"]`));
  twin?.focus({ preventScroll: true });
}

/**
 * The element with this id; the page's skeleton has it.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}
