// What the menu offers: for a step, several, a note or frame, a wire, the ground.
import { searchAt, searchAtHand, searchForWire } from "./adding.js";
import { copy, duplicate, paste, removeChosen } from "./clipboard.js";
import { beginConnecting, firstEnd } from "./connecting_keys.js";
import { align, distribute } from "./moving.js";
import { addFrame, addNote, colour, COLOURS, write } from "./notes.js";
import { count, marked, selectAll, selected } from "./selection.js";
import { tidy } from "./tidying.js";
import { removeWires } from "./wire_tools.js";
import { choose } from "../editor/panel.js";
import { run } from "../editor/running.js";

/**
 * @typedef {{icon: string, words: string, run: () => void, group: string, keys?: string, colour?: string}} Item
 * @typedef {{step: string, key: string, edge: import("./rules.js").Edge | null, spot: import("./saying.js").Spot}} Here
 */

/** @param {any} canvas @param {Here} here @returns {Item[]} */
export function itemsFor(canvas, { step, key, edge, spot }) {
  const items = edge ? wireItems(canvas, edge, spot) : step || key ? thingItems(canvas, step, key, spot) : groundItems(canvas, spot);
  return canvas.readOnly ? items.filter((item) => ["open", "view"].includes(item.group) || item.words === "Copy") : items;
}

/** @param {any} canvas @param {string} step @param {string} key @param {import("./saying.js").Spot} spot @returns {Item[]} */
function thingItems(canvas, step, key, spot) {
  const several = count() > 1;
  const items = [];
  const add = (group, icon, words, run, more = {}) => items.push({ group, icon, words, run, ...more });
  if (step && !several) {
    add("open", "adjustments", "Open the settings", () => choose(step, { enter: true }), { keys: "Enter" });
    add("open", "player-skip-forward", "Run to here", () => run(step));
    add("change", "plus", "Add a step after it", () => {
      canvas.choose(step);
      searchAtHand(canvas);
    }, { keys: "/" });
    add("change", "link", "Connect", () => beginConnecting(canvas, firstEnd(canvas.doc.graph, step)), { keys: "C" });
    add("change", "pencil", "Rename", () => choose(step, { field: "step-label" }));
  }
  if (key && !several) {
    const [what, id] = key.split(/:(.*)/s);
    add("change", "edit", what === "note" ? "Write" : "Name the frame", () => write(/** @type {any} */ (what), id), { keys: "Enter" });
  }
  add("copy", "copy", "Copy", () => copy(canvas), { keys: "Ctrl C" });
  add("copy", "cut", "Cut", () => copy(canvas, true), { keys: "Ctrl X" });
  add("copy", "clipboard", "Paste here", () => paste(canvas, spot), { keys: "Ctrl V" });
  add("copy", "copy", "Duplicate", () => duplicate(canvas), { keys: "Ctrl D" });
  if (several) items.push(...alignItems(canvas));
  if (selected.size) add("frame", "grid-dots", several ? "Put a frame around them" : "Put a frame around it", () => addFrame(), { keys: "G" });
  if (selected.size > 1) add("frame", "sparkles", "Tidy these", () => tidy(canvas), { keys: "T" });
  if (marked.size) for (const name of COLOURS) add("colour", "", name.charAt(0).toUpperCase() + name.slice(1), () => colour(name), { colour: name });
  add("delete", "trash", several ? `Delete ${count()}` : "Delete", () => removeChosen(canvas), { keys: "Del" });
  return items;
}

/** @param {any} canvas @returns {Item[]} */
function alignItems(canvas) {
  const sides = [["left", "left edges"], ["centre", "centres"], ["right", "right edges"], ["top", "top edges"], ["middle", "middles"], ["bottom", "bottom edges"]];
  const items = sides.map(([side, words]) => ({ group: "align", icon: ["left", "centre", "right"].includes(side) ? "layout-list" : "layout-columns", words: `Align ${words}`, run: () => align(canvas, /** @type {any} */ (side)) }));
  if (count() > 2) {
    items.push({ group: "align", icon: "columns", words: "Distribute across", run: () => distribute(canvas, "x") });
    items.push({ group: "align", icon: "list", words: "Distribute down", run: () => distribute(canvas, "y") });
  }
  return items;
}

/** @param {any} canvas @param {import("./rules.js").Edge} edge @param {import("./saying.js").Spot} spot @returns {Item[]} */
function wireItems(canvas, edge, spot) {
  return [
    { group: "wire", icon: "plus", words: "Put a step into this wire", run: () => searchForWire(canvas, edge, spot) },
    { group: "wire", icon: "trash", words: "Delete this wire", run: () => removeWires(canvas, [edge]), keys: "Del" },
  ];
}

/** @param {any} canvas @param {import("./saying.js").Spot} spot @returns {Item[]} */
function groundItems(canvas, spot) {
  return [
    { group: "add", icon: "plus", words: "Add a step here", run: () => searchAt(canvas, spot), keys: "/" },
    { group: "add", icon: "message", words: "Add a note here", run: () => addNote(spot), keys: "N" },
    { group: "add", icon: "grid-dots", words: "Add a frame here", run: () => addFrame(spot), keys: "G" },
    { group: "copy", icon: "clipboard", words: "Paste here", run: () => paste(canvas, spot), keys: "Ctrl V" },
    { group: "copy", icon: "select", words: "Choose everything", run: () => selectAll(), keys: "Ctrl A" },
    { group: "view", icon: "maximize", words: "Show everything", run: () => canvas.fit(), keys: "1" },
    { group: "tidy", icon: "sparkles", words: selected.size > 1 ? "Tidy the chosen steps" : "Tidy all steps", run: () => tidy(canvas), keys: "T" },
  ];
}

