// What the keys of the table (editor/key_table.js) do on the canvas.
import { searchAtHand, searchForWire } from "./adding.js";
import { hasHand, isTyping } from "./at_hand.js";
import { duplicate, pointerSpot, removeChosen } from "./clipboard.js";
import { press } from "./connecting.js";
import { beginConnecting, connectingKey, firstEnd, isConnecting } from "./connecting_keys.js";
import { tellViewer } from "./doing.js";
import { openAtHand } from "./menu.js";
import { nudge } from "./moving.js";
import { addFrame, addNote, grow, write } from "./notes.js";
import { wiresFrom, wiresInto } from "./rules.js";
import { clearSelection, count, select, selectAll, selected, toggle, toggleMark } from "./selection.js";
import { tidy } from "./tidying.js";
import { atHand, focusOn, portAtHand, walk, walkOrder } from "./walking.js";
import { removeWires } from "./wire_tools.js";
import { meaning } from "../editor/key_table.js";
import { view } from "../editor/layout.js";
import { chosenStep, choose } from "../editor/panel.js";

const WAYS = /** @type {const} */ ({ ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" });
const ZOOM = 1.25;

/** Each does its thing, and says whether it did. @type {Record<string, (canvas: any, event: KeyboardEvent) => boolean | void>} */
export const ACTIONS = {
  out: (canvas) => leave(canvas),
  add: (canvas) => {
    const port = portAtHand();
    const wire = port && "to" in port ? wiresInto(canvas.doc.graph, port.to, port.to_port)[0] : null;
    if (wire) searchForWire(canvas, wire, spotOf(document.activeElement));
    else {
      if (stepAtHand()) canvas.choose(stepAtHand());
      searchAtHand(canvas);
    }
  },
  duplicate: (canvas) => {
    takeHand();
    return count() > 0 && duplicate(canvas);
  },
  delete: (canvas) => {
    const port = portAtHand();
    if (port) return deleteWires(canvas, port);
    takeHand();
    return removeChosen(canvas);
  },
  walk: (canvas, event) => (count() > 1 && !portAtHand() ? nudge(canvas, WAYS[event.key]) : walk(WAYS[event.key])),
  next: () => walkOrder(1),
  previous: () => walkOrder(-1),
  open: (canvas) => openHand(canvas),
  toggle: (canvas) => {
    const key = atHand();
    if (portAtHand()) press(canvas, portAtHand());
    else if (key.includes(":")) toggleMark(key);
    else if (key) toggle(key);
    return Boolean(key);
  },
  connect: (canvas) => beginConnecting(canvas, portAtHand() ?? firstEnd(canvas.doc.graph, stepAtHand() || chosenStep())),
  move: (canvas, event) => {
    takeHand();
    return nudge(canvas, WAYS[event.key]);
  },
  grow: (canvas, event) => {
    const key = atHand();
    const way = WAYS[event.key];
    if (key.includes(":")) return grow(key, way === "right" ? 1 : way === "left" ? -1 : 0, way === "down" ? 1 : way === "up" ? -1 : 0);
    takeHand();
    return nudge(canvas, way, true);
  },
  menu: (canvas) => openAtHand(canvas),
  all: () => selectAll(),
  note: () => addNote(pointerSpot()),
  frame: () => {
    if (!selected.size && stepAtHand()) select([stepAtHand()], [], { quiet: true });
    addFrame(pointerSpot());
  },
  tidy: (canvas) => void tidy(canvas),
  fit: (canvas) => canvas.fit(),
  fit_chosen: (canvas) => {
    const ids = selected.size ? [...selected] : [stepAtHand() || chosenStep()].filter(Boolean);
    canvas.fit(ids.length ? ids : undefined);
  },
  full_size: (canvas) => zoom(canvas, 1 / canvas.view.zoom),
  zoom_in: (canvas) => zoom(canvas, ZOOM),
  zoom_out: (canvas) => zoom(canvas, 1 / ZOOM),
};
/** Done by the browser's own events (clipboard.js) or beside (adding.js). */
export const ELSEWHERE = new Set(["copy", "cut", "paste", "search"]);
const CHANGES = new Set(["add", "duplicate", "delete", "connect", "move", "grow", "note", "frame", "tidy"]);

/** @param {any} canvas */
export function start(canvas) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || view() !== "canvas") return;
    if (isConnecting() && connectingKey(canvas, event)) {
      take(event);
      return;
    }
    const does = meaning(event, "canvas");
    const action = ACTIONS[does];
    if (!action) return;
    if (canvas.readOnly && CHANGES.has(does)) {
      if (!event.repeat && hasHand(canvas) && !isTyping()) tellViewer(canvas);
      return;
    }
    if (does === "out" && fromPanel()) {
      take(event);
      return;
    }
    if (!hasHand(canvas) || isTyping() || isOwnKey(does)) return;
    if (canvas.readOnly && does === "walk" && count() > 1) clearSelection();
    if (action(canvas, event) !== false) take(event);
  }, true);
}

/** Enter and Space belong to a button that has the focus. @param {string} does */
function isOwnKey(does) {
  return ["open", "toggle"].includes(does) && !atHand();
}

/** @param {KeyboardEvent} event */
function take(event) {
  event.preventDefault();
  event.stopPropagation();
}

/** The step with the focus, or that alone is chosen. */
function stepAtHand() {
  const key = atHand();
  if (key && !key.includes(":")) return key;
  return !key && selected.size === 1 ? [...selected][0] : "";
}

/** What the keys walked to is what is meant, unless several are chosen. */
function takeHand() {
  const key = atHand();
  const walked = count() === 0 || (count() === 1 && document.activeElement?.matches(":focus-visible"));
  if (!key || !walked) return;
  select(key.includes(":") ? [] : [key], key.includes(":") ? [key] : [], { quiet: true });
}

/** @param {any} canvas */
function leave(canvas) {
  return clearSelection() && (Boolean(atHand()) || !chosenStep() || canvas.readOnly);
}

/** Out of the settings back to the card. */
function fromPanel() {
  const step = chosenStep();
  return Boolean(step && document.activeElement?.closest("#panel")) && focusOn(step);
}

/** @param {any} canvas */
function openHand(canvas) {
  const key = atHand();
  const port = portAtHand();
  if (port && !canvas.readOnly) press(canvas, port);
  else if (key.includes(":")) {
    const [what, id] = key.split(/:(.*)/s);
    write(/** @type {any} */ (what), id);
  } else if (key) {
    canvas.choose(key);
    choose(key, { enter: true });
  }
  return Boolean(key);
}

/** @param {any} canvas @param {any} port */
function deleteWires(canvas, port) {
  const { graph } = canvas.doc;
  const wires = "from" in port ? wiresFrom(graph, port.from, port.from_port) : wiresInto(graph, port.to, port.to_port);
  removeWires(canvas, wires);
  return wires.length > 0;
}

/** @param {any} canvas @param {number} factor */
function zoom(canvas, factor) {
  const box = canvas.root.getBoundingClientRect();
  canvas.zoomAt(factor, box.left + box.width / 2, box.top + box.height / 2);
}

/** @param {Element} element */
function spotOf(element) {
  const box = element.getBoundingClientRect();
  return { clientX: box.left + box.width, clientY: box.top };
}
