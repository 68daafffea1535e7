// Cards, notes and frames go where they are pulled: all that is chosen together, onto the grid or in line with a
// neighbour, and as one step of undo. A frame takes along what lies in it. Arrow keys do the same.
import { aligned, distributed, GRID, holds, snapped } from "./arranging.js";
import { markBoxes, stepBoxes } from "./boxes.js";
import { perform } from "./doing.js";
import { hideGuides, showGuides } from "./guides.js";
import { nameOf } from "./rules.js";
import { isSeveral, marked, selected } from "./selection.js";

/** @typedef {import("./arranging.js").Box} Box */

const FAR = 4;

/** @param {any} canvas */
export function start(canvas) {
  if (canvas.readOnly) return;
  const mover = new Mover(canvas);
  canvas.mover = mover;
  canvas.root.addEventListener("pointerdown", (event) => mover.down(event), true);
  canvas.root.addEventListener("steps-moved", ({ detail: { boxes, by } }) => moveBy(canvas, boxes, by));
  window.addEventListener("pointermove", (event) => mover.move(event));
  window.addEventListener("pointerup", (event) => mover.up(event));
  window.addEventListener("pointercancel", () => mover.cancel());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !mover.held?.moves) return;
    event.preventDefault();
    event.stopPropagation();
    mover.cancel();
  }, true);
}

/** A card, or the part of a note or frame that may be pulled. @param {EventTarget | null} target */
function grabbed(target) {
  if (!(target instanceof Element) || target.closest("[data-port], button, a, input, textarea, select")) return null;
  return /** @type {HTMLElement | null} */ (target.closest(".canvas-step, [data-mark]"));
}

class Mover {
  /** @param {any} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {{pointer: number, x: number, y: number, moves: boolean, boxes: Box[], lead: Omit<Box, "id">, others: Box[], by: {x: number, y: number}} | null} */
    this.held = null;
  }

  /** @param {PointerEvent} event */
  down(event) {
    const element = grabbed(event.target);
    if (this.held) {
      // A second finger: it is no longer a pull.
      this.cancel();
      return;
    }
    if (!element || event.button !== 0 || isSeveral()) return;
    const { step, mark, id } = element.dataset;
    const key = mark ? `${mark}:${id}` : "";
    const together = step ? selected.has(step) : marked.has(key);
    const boxes = together ? carried(this.canvas, selected, marked) : carried(this.canvas, step ? [step] : [], key ? [key] : []);
    const lead = boxes.find((box) => box.id === (step ?? key));
    if (!lead) return;
    const going = new Set(boxes.map((box) => box.id));
    const others = [...stepBoxes(this.canvas), ...markBoxes(this.canvas)].filter((box) => !going.has(box.id));
    const near = visible(this.canvas);
    this.held = {
      pointer: event.pointerId, x: event.clientX, y: event.clientY, moves: false, boxes, lead,
      others: others.filter((box) => !box.id.startsWith("frame:") && box.x < near.right && box.x + box.width > near.left && box.y < near.bottom && box.y + box.height > near.top),
      by: { x: 0, y: 0 },
    };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { held, canvas } = this;
    if (!held || event.pointerId !== held.pointer) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moves && Math.hypot(x, y) < FAR) return;
    held.moves = true;
    canvas.root.classList.add("is-moving");
    const { zoom } = canvas.view;
    held.by = { x: x / zoom, y: y / zoom };
    const wanted = { ...held.lead, x: held.lead.x + held.by.x, y: held.lead.y + held.by.y };
    if (!event.altKey) {
      const { dx, dy, guides } = snapped(wanted, held.others, { reach: 6 / zoom });
      held.by = { x: Math.round(held.by.x + dx), y: Math.round(held.by.y + dy) };
      showGuides(canvas, guides);
    } else hideGuides();
    held.by = { x: Math.round(held.by.x), y: Math.round(held.by.y) };
    this.show(held.by);
  }

  /** @param {{x: number, y: number}} by */
  show(by) {
    for (const box of this.held.boxes) put(this.canvas, box.id, box.x + by.x, box.y + by.y);
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { held, canvas } = this;
    if (!held || event.pointerId !== held.pointer) return;
    this.end();
    if (!held.moves || (!held.by.x && !held.by.y)) return;
    const moves = held.boxes.filter((box) => !box.id.includes(":")).map((box) => ({ id: box.id, x: box.x + held.by.x, y: box.y + held.by.y }));
    // Whoever puts a card into a wire takes it from here; else they are stored as they are.
    canvas.root.dispatchEvent(new CustomEvent("steps-moved", { bubbles: true, detail: { moves, boxes: held.boxes, by: held.by } }));
    canvas.draw();
  }

  cancel() {
    if (!this.held) return;
    if (this.held.moves) this.show({ x: 0, y: 0 });
    this.end();
    this.canvas.draw();
  }

  end() {
    this.held = null;
    this.canvas.root.classList.remove("is-moving");
    hideGuides();
  }
}

/** What goes along: the chosen, and what lies in chosen frames. @param {any} canvas @param {Iterable<string>} steps @param {Iterable<string>} marks */
export function carried(canvas, steps, marks) {
  const keys = new Set(marks);
  const all = [...stepBoxes(canvas), ...markBoxes(canvas)];
  const ids = new Set([...steps, ...keys]);
  for (const frame of markBoxes(canvas, keys).filter((box) => box.id.startsWith("frame:"))) {
    for (const box of all) if (holds(frame, box) && box.width <= frame.width) ids.add(box.id);
  }
  return all.filter((box) => ids.has(box.id));
}

/** The operations that put boxes at places. @param {{id: string, x: number, y: number}[]} moves */
export function moveOps(moves) {
  return moves.map(({ id, x, y }) => {
    const [what, mark] = id.includes(":") ? [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)] : ["", id];
    return what ? { op: `edit_${what}`, id: mark, set: { x, y } } : { op: "move", id, x, y };
  });
}

/** @param {any} canvas @param {Box[]} boxes @param {{x: number, y: number}} by */
export function moveBy(canvas, boxes, by) {
  const moves = boxes.map((box) => ({ id: box.id, x: box.x + by.x, y: box.y + by.y }));
  const name = boxes.length === 1 ? wordsFor(canvas, boxes[0].id) : `${boxes.length} ${boxes.some((box) => box.id.includes(":")) ? "things" : "steps"}`;
  return perform(canvas, { ops: moveOps(moves) }, { label: `Move ${name}`, said: `${sentence(name)} ${boxes.length === 1 ? "was" : "were"} moved.` });
}

/** One step of the arrow keys. @param {any} canvas @param {"left" | "right" | "up" | "down"} way @param {boolean} [far] */
export function nudge(canvas, way, far = false) {
  const step = GRID * (far ? 5 : 1);
  const by = { left: { x: -step, y: 0 }, right: { x: step, y: 0 }, up: { x: 0, y: -step }, down: { x: 0, y: step } }[way];
  const boxes = carried(canvas, selected, marked);
  return boxes.length > 0 && moveBy(canvas, boxes, by);
}

/** @param {any} canvas @param {import("./arranging.js").Side} side */
export function align(canvas, side) {
  const boxes = chosenBoxes(canvas);
  const words = { left: "left", centre: "centre", right: "right", top: "top", middle: "middle", bottom: "bottom" }[side];
  return arrange(canvas, aligned(boxes, side), `Align ${words}`);
}

/** @param {any} canvas @param {"x" | "y"} axis */
export function distribute(canvas, axis) {
  return arrange(canvas, distributed(chosenBoxes(canvas), axis), axis === "x" ? "Distribute across" : "Distribute down");
}

/** @param {any} canvas @param {{id: string, x: number, y: number}[]} moves @param {string} label */
function arrange(canvas, moves, label) {
  if (!moves.length) {
    canvas.announce("They lie so already.");
    return true;
  }
  return perform(canvas, { ops: moveOps(moves) }, { label, said: `${label}: done.` });
}

/** @param {any} canvas */
function chosenBoxes(canvas) {
  return [...stepBoxes(canvas, selected), ...markBoxes(canvas, marked)];
}

/** @param {any} canvas @param {string} id @param {number} x @param {number} y */
function put(canvas, id, x, y) {
  if (!id.includes(":")) {
    canvas.place(id, x, y);
    return;
  }
  const [what, mark] = id.split(/:(.*)/s);
  const element = canvas.root.querySelector(`[data-mark="${what}"][data-id="${CSS.escape(mark)}"]`);
  if (element) Object.assign(element.style, { left: `${x}px`, top: `${y}px` });
}

/** @param {any} canvas @param {string} id */
function wordsFor(canvas, id) {
  if (!id.includes(":")) return nameOf(canvas.doc.graph, id);
  return id.startsWith("note:") ? "a note" : "a frame";
}

/** @param {string} words */
function sentence(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The part of the canvas that is seen. @param {any} canvas */
function visible(canvas) {
  const box = canvas.root.getBoundingClientRect();
  const [start, end] = [canvas.toCanvas(box.left, box.top), canvas.toCanvas(box.right, box.bottom)];
  return { left: start.x, top: start.y, right: end.x, bottom: end.y };
}

