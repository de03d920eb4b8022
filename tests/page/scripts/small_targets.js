// What a finger could miss: visible controls less than 40 pixels high or 36 wide.
() => {
  const controls = "button, input:not([type=checkbox], [type=radio]), textarea, summary, .place, .tab, .choice";
  return [...document.querySelectorAll(controls)]
    .filter((node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((node) => !node.closest(".hidden-words, .skip, .combobox, [inert]"))
    .map((node) => ({ node, box: node.getBoundingClientRect() }))
    .filter(({ box }) => box.height && (box.height < 40 || box.width < 36))
    .map(({ node, box }) => `${node.outerHTML.slice(0, 90)} ${box.width}x${box.height}`);
};
