/**
 * @file Images and files. Only the workspace's own pictures are loaded: the page fetches nothing from elsewhere.
 */

import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./mrkdwn.js";
import { tell } from "./tell.js";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** @param {string|undefined} url @returns {string} the address if it is on this workspace, else "" */
function own(url) {
  if (!url || !URL.canParse(url, location.href)) return "";
  const at = new URL(url, location.href);
  // The workspace may know itself by another name of this machine than the address bar does.
  const here = at.origin === location.origin || (LOOPBACK.has(at.hostname) && at.pathname.startsWith("/files/"));
  return here ? at.pathname + at.search : "";
}

/** @param {string|undefined} url @param {string} alt @returns {Node} */
export function image(url, alt = "") {
  const source = own(url);
  if (source) return h("img", { src: source, alt, loading: "lazy" });
  return h("span.image-elsewhere", {}, icon("file"), link(url ?? "", alt || "An image elsewhere"));
}

/** @param {import("./types.js").FileInfo} file @returns {HTMLElement} */
export function fileNode(file) {
  const picture = file.mimetype?.startsWith("image/") && own(file.url_private);
  const name = h(
    "a",
    { href: own(file.url_private) || null, download: file.name, target: "_blank" },
    file.title || file.name,
  );
  if (picture)
    return h(
      "figure.picture",
      {},
      h("figcaption", {}, name),
      h("img", { src: picture, alt: file.alt_txt || file.title || file.name, loading: "lazy" }),
    );
  return h(
    "div.file",
    {},
    icon("file"),
    h(
      "div",
      {},
      name,
      h("small", {}, [file.mimetype, file.size && `${Math.ceil(file.size / 1024)} KB`].filter(Boolean).join(" · ")),
    ),
  );
}

/**
 * Let the person choose a file and share it; an image gets its alternative text.
 * @param {string} channel
 * @param {string} thread
 */
export function upload(channel, thread) {
  const chooser = h("input", { type: "file", "aria-label": "File to share" });
  chooser.addEventListener("change", async () => {
    const file = /** @type {File|undefined} */ (chooser.files?.[0]);
    if (!file) return;
    const alt = h("input.field", {
      type: "text",
      maxlength: 1000,
      "aria-label": "Description for those who cannot see it",
    });
    const body = [
      h("p", {}, file.name),
      file.type.startsWith("image/") && h("label.stack", {}, "Description for those who cannot see it", alt),
    ];
    if (!(await ask({ title: "Share this file?", body, yes: "Share", no: "Cancel" }))) return;
    await tell("upload", {
      channel,
      thread_ts: thread || undefined,
      name: file.name,
      content: await base64(file),
      alt: alt.value || undefined,
    });
  });
  chooser.click();
}

/** @param {File} file @returns {Promise<string>} */
function base64(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.readAsDataURL(file);
  });
}
