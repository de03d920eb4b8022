// Visible controls that a screen reader could not name.
() => {
  const named = (node) =>
    node.ariaLabel ||
    node.textContent.trim() ||
    node.labels?.length ||
    document.getElementById(node.getAttribute("aria-labelledby"));
  return [...document.querySelectorAll("button, a[href], input, textarea, select")]
    .filter((node) => node.checkVisibility() && !named(node))
    .map((node) => node.outerHTML.slice(0, 120));
};
