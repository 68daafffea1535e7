// Every shortcut of the editor, once: outline and canvas do what is named here, and the sheet on `?` is made of it.

/**
 * @typedef {"both" | "outline" | "canvas"} Where
 * @typedef {object} Shortcut
 * @property {string} does the name of what is done; several keys may do the same
 * @property {Where} where
 * @property {string} keys as KeyboardEvent.key, with "Ctrl+", "Shift+", "Alt+" before it; several with spaces between
 * @property {string} words what the sheet says
 * @property {string} group
 * @property {string} [shown] how the sheet writes the keys, when not as they are
 */

/** @type {Shortcut[]} */
export const SHORTCUTS = [
  { does: "sheet", where: "both", keys: "?", words: "This sheet", group: "Everywhere" },
  { does: "run", where: "both", keys: "Ctrl+Enter", words: "Run", group: "Everywhere" },
  { does: "undo", where: "both", keys: "Ctrl+z", words: "Undo", group: "Everywhere" },
  { does: "redo", where: "both", keys: "Ctrl+Shift+z Ctrl+y", words: "Redo", group: "Everywhere" },
  { does: "out", where: "both", keys: "Escape", words: "Let go, choose nothing, close the settings", group: "Everywhere" },
  { does: "add", where: "both", keys: "/", words: "Add a step after the chosen one", group: "Everywhere" },
  { does: "duplicate", where: "both", keys: "Ctrl+d", words: "Duplicate what is chosen", group: "Everywhere" },
  { does: "delete", where: "both", keys: "Delete", words: "Delete what is chosen", group: "Everywhere" },

  { does: "next", where: "outline", keys: "j", words: "Next step", group: "In the outline" },
  { does: "previous", where: "outline", keys: "k", words: "Previous step", group: "In the outline" },
  { does: "earlier", where: "outline", keys: "Alt+ArrowUp", words: "Move the step up", group: "In the outline" },
  { does: "later", where: "outline", keys: "Alt+ArrowDown", words: "Move the step down", group: "In the outline" },

  { does: "walk", where: "canvas", keys: "ArrowLeft ArrowRight ArrowUp ArrowDown", words: "Go along a wire or to a neighbour; move several that are chosen", group: "On the canvas", shown: "← → ↑ ↓" },
  { does: "next", where: "canvas", keys: "j", words: "Next step", group: "On the canvas" },
  { does: "previous", where: "canvas", keys: "k", words: "Previous step", group: "On the canvas" },
  { does: "open", where: "canvas", keys: "Enter", words: "Open the settings; write a note", group: "On the canvas" },
  { does: "toggle", where: "canvas", keys: "Space Shift+Space", words: "Take into the choice, or out of it", group: "On the canvas" },
  { does: "connect", where: "canvas", keys: "c", words: "Connect from here: arrows choose, Enter connects", group: "On the canvas" },
  { does: "move", where: "canvas", keys: "Alt+ArrowLeft Alt+ArrowRight Alt+ArrowUp Alt+ArrowDown", words: "Move what is chosen", group: "On the canvas", shown: "Alt ← → ↑ ↓" },
  { does: "grow", where: "canvas", keys: "Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown", words: "Resize a note or frame; move a step five times as far", group: "On the canvas", shown: "Shift ← → ↑ ↓" },
  { does: "menu", where: "canvas", keys: "Shift+F10 ContextMenu", words: "Menu: align, colour and everything else", group: "On the canvas", shown: "Shift F10" },
  { does: "all", where: "canvas", keys: "Ctrl+a", words: "Choose everything", group: "On the canvas" },
  { does: "copy", where: "canvas", keys: "Ctrl+c", words: "Copy", group: "On the canvas" },
  { does: "cut", where: "canvas", keys: "Ctrl+x", words: "Cut", group: "On the canvas" },
  { does: "paste", where: "canvas", keys: "Ctrl+v", words: "Paste at the pointer, or beside what is chosen", group: "On the canvas" },
  { does: "note", where: "canvas", keys: "n", words: "Add a note", group: "On the canvas" },
  { does: "frame", where: "canvas", keys: "g", words: "Put a frame around what is chosen", group: "On the canvas" },
  { does: "tidy", where: "canvas", keys: "t", words: "Tidy: all steps, or the chosen ones", group: "On the canvas" },
  { does: "fit", where: "canvas", keys: "1", words: "Show everything", group: "On the canvas" },
  { does: "fit_chosen", where: "canvas", keys: "2", words: "Show what is chosen", group: "On the canvas" },
  { does: "full_size", where: "canvas", keys: "0", words: "Show at 100 %", group: "On the canvas" },
  { does: "zoom_in", where: "canvas", keys: "+ =", words: "Zoom in", group: "On the canvas", shown: "+" },
  { does: "zoom_out", where: "canvas", keys: "- _", words: "Zoom out", group: "On the canvas", shown: "−" },
  { does: "search", where: "canvas", keys: "Tab", words: "Search for a step to add, after a press on the canvas", group: "On the canvas" },
];

const SIGNS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del" };

/** The name of what a key does in a view; "" when it does nothing there. @param {KeyboardEvent} event @param {Where} view */
export function meaning(event, view) {
  const pressed = nameOf(event);
  return SHORTCUTS.find(({ where, keys }) => (where === "both" || where === view) && keys.split(" ").includes(pressed))?.does ?? "";
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const { key } = event;
  const single = key.length === 1 && key !== " ";
  const plain = key === " " ? "Space" : single ? key.toLowerCase() : key;
  // A sign that needs Shift is named by itself.
  const shift = event.shiftKey && (!single || /[a-z]/i.test(key));
  return [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", shift ? "Shift" : "", plain].filter(Boolean).join("+");
}

/** Fills the sheet. @param {Element} place */
export function writeSheet(place) {
  const groups = [...new Set(SHORTCUTS.map((one) => one.group))];
  place.replaceChildren(...groups.map((group) => {
    const section = document.createElement("section");
    const title = document.createElement("h3");
    title.textContent = group;
    const list = document.createElement("dl");
    list.className = "shortcut-list";
    list.append(...SHORTCUTS.filter((one) => one.group === group).map(rowOf));
    section.append(title, list);
    return section;
  }));
}

/** @param {Shortcut} shortcut */
function rowOf({ words, keys, shown, does }) {
  const row = document.createElement("div");
  row.dataset.does = does;
  const term = document.createElement("dt");
  term.textContent = words;
  const place = document.createElement("dd");
  const parts = shown ? shown.split(" ") : keys.split(" ")[0].split("+");
  for (const part of parts) {
    const key = document.createElement("kbd");
    key.textContent = SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
    place.append(key, " ");
  }
  row.append(term, place);
  return row;
}
