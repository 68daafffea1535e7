// The canvas by keyboard: one card, note or frame is in the tab order, with its ports after it; arrow keys go along wires
// and to neighbours.
import { neighbour } from "./arranging.js";
import { markBoxes, stepBoxes } from "./boxes.js";
import { endOf } from "./connecting.js";
import { select } from "./selection.js";
import { wiresFrom, wiresInto } from "./rules.js";

/** @typedef {"left" | "right" | "up" | "down"} Way */

/** Where the focus is or was last: a step's id, or "note:ID". */
let current = "";
/** @type {any} */
let canvas = null;

/** @param {any} owner */
export function start(owner) {
  canvas = owner;
  canvas.root.tabIndex = -1;
  canvas.root.addEventListener("focusin", (event) => {
    const key = keyOf(event.target);
    if (key && key !== current) {
      current = key;
      rove();
    }
    if (key && /** @type {Element} */ (event.target).matches(":focus-visible")) reveal(key);
  });
  canvas.root.addEventListener("canvas-drawn", keepFocus);
  canvas.root.addEventListener("canvas-chosen", ({ detail }) => {
    if (detail.id) current = detail.id;
    rove();
  });
  rove();
}

/** What the focus is on: a step's id, "note:ID", or "". */
export function atHand() {
  return keyOf(document.activeElement);
}

/** The port that has the focus. @returns {import("./rules.js").End | null} */
export function portAtHand() {
  return endOf(document.activeElement);
}

/** @param {string} key @param {{chooses?: boolean}} [how] */
export function focusOn(key, { chooses = true } = {}) {
  const element = elementOf(key);
  if (!element) return false;
  current = key;
  rove();
  element.focus({ preventScroll: true });
  reveal(key);
  if (chooses) select(key.includes(":") ? [] : [key], key.includes(":") ? [key] : [], { quiet: true });
  return true;
}

/** @param {Way} way */
export function walk(way) {
  const port = portAtHand();
  if (port) return fromPort(port, way);
  const from = atHand() || current || first();
  if (!elementOf(from)) return focusOn(first());
  if (!atHand()) return focusOn(from);
  return focusOn(along(from, way) || beside(from, way));
}

/** By the order of the outline. @param {number} by */
export function walkOrder(by) {
  const ids = order();
  const at = ids.indexOf(atHand() || current);
  return focusOn(ids[at < 0 ? 0 : Math.min(Math.max(at + by, 0), ids.length - 1)] ?? "");
}

/** Steps in the order of the outline, which is that in which they run. @returns {string[]} */
export function order() {
  const there = new Set(canvas.doc.graph.nodes.map((step) => step.id));
  const known = canvas.doc.order.filter((id) => there.has(id));
  return [...known, ...[...there].filter((id) => !known.includes(id))];
}

/** Right goes where the first wire goes, left where it comes from. @param {string} from @param {Way} way */
function along(from, way) {
  const { graph } = canvas.doc;
  if (way === "right") return wiresFrom(graph, from)[0]?.to ?? "";
  return way === "left" ? wiresInto(graph, from)[0]?.from ?? "" : "";
}

/** @param {string} from @param {Way} way */
function beside(from, way) {
  const boxes = [...stepBoxes(canvas), ...markBoxes(canvas)];
  const here = boxes.find((box) => box.id === from);
  return here ? neighbour(here, boxes, way)?.id ?? "" : "";
}

/** Up and down between the ports of a side, across to the other side or along the wire. @param {any} port @param {Way} way */
function fromPort(port, way) {
  const { graph } = canvas.doc;
  const id = port.from ?? port.to;
  const own = canvas.stepElement(id);
  const isOutput = "from" in port;
  if (way === "up" || way === "down") {
    const ports = [...own.querySelectorAll(isOutput ? ".output" : ".input")];
    const next = ports[ports.indexOf(document.activeElement) + (way === "down" ? 1 : -1)];
    next?.focus();
    return Boolean(next);
  }
  if ((way === "right") === isOutput) {
    const wire = isOutput ? wiresFrom(graph, id, port.from_port)[0] : wiresInto(graph, id, port.to_port)[0];
    const end = wire && (isOutput ? canvas.portElement(wire.to, "in", wire.to_port) : canvas.portElement(wire.from, "out", wire.from_port));
    end?.focus();
    return Boolean(end);
  }
  return focusOn(id);
}

/** The one that is in the tab order: a step without what is before it, at first. */
function first() {
  return order()[0] ?? markBoxes(canvas)[0]?.id ?? "";
}

function rove() {
  if (!elementOf(current)) current = first();
  const target = elementOf(current);
  for (const element of canvas.root.querySelectorAll(".canvas-step, .canvas-step [data-port], [data-mark]")) {
    const own = target !== null && (element === target || (element.hasAttribute("data-port") && target.contains(element)));
    const wanted = own ? 0 : -1;
    if (element.tabIndex !== wanted) element.tabIndex = wanted;
  }
}

let held = "";

/** A card that was drawn anew, or is gone, does not take the focus with it. */
function keepFocus() {
  const had = keyOf(document.activeElement);
  if (had) held = had;
  else if (held && document.activeElement === document.body && !elementOf(held)) {
    held = "";
    rove();
    elementOf(current)?.focus({ preventScroll: true });
  }
  rove();
}

/** @param {EventTarget | null} target */
function keyOf(target) {
  if (!(target instanceof Element) || !canvas.root.contains(target)) return "";
  const element = /** @type {HTMLElement | null} */ (target.closest(".canvas-step, [data-mark]"));
  if (!element) return "";
  return element.dataset.step ?? `${element.dataset.mark}:${element.dataset.id}`;
}

/** @param {string} key @returns {HTMLElement | null} */
export function elementOf(key) {
  if (!key) return null;
  if (!key.includes(":")) return canvas.stepElement(key);
  const [what, id] = key.split(/:(.*)/s);
  return canvas.root.querySelector(`[data-mark="${what}"][data-id="${CSS.escape(id)}"]`);
}

/** @param {string} key */
function reveal(key) {
  if (!key.includes(":")) canvas.reveal(key);
  else {
    const box = markBoxes(canvas, [key])[0];
    if (box) canvas.sight?.reveal(box);
  }
}
