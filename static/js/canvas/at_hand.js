// Whether keys and the clipboard are for the canvas: it is seen, nothing is open over it, nothing is being typed.
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

export function isTyping() {
  return Boolean(document.activeElement?.matches(TYPING));
}

/** @param {any} canvas */
export function hasHand(canvas) {
  if (!canvas.root.offsetParent || document.querySelector("dialog[open], .dropdown-menu.show, .canvas-menu")) return false;
  const focus = document.activeElement;
  return !focus || focus === document.body || focus.id === "main" || Boolean(focus.closest("#canvas-view, .editor-dock, .edge-fold"));
}
