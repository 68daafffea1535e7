// What is chosen on the canvas: steps, and the notes and frames beside them. By press, with Shift or Ctrl, by a band
// pulled over the ground, all, none. A button makes a press choose several, for hands without keys.
import { button } from "./controls.js";
import { nameOf } from "./rules.js";
import { meets } from "./arranging.js";
import { markBoxes, stepBoxes } from "./boxes.js";

/** Steps by their id. @type {Set<string>} */
export const selected = new Set();
/** Notes and frames as "note:ID" and "frame:ID". @type {Set<string>} */
export const marked = new Set();

const FAR = 5;
/** Whether a plain press adds to what is chosen. */
let several = false;
/** @type {any} */
let canvas = null;

/** @param {any} owner */
export function start(owner) {
  canvas = owner;
  canvas.selected = selected;
  const outside = canvas.root.parentElement;
  // Before the canvas hears of it: a band does not pan.
  for (const type of ["pointerdown", "mousedown", "touchstart"]) {
    outside.addEventListener(type, (event) => beginBand(event), { capture: true, passive: false });
  }
  canvas.root.addEventListener("pointerdown", press, true);
  window.addEventListener("pointerup", release, true);
  window.addEventListener("pointercancel", () => { pressed = null; });
  canvas.root.addEventListener("canvas-drawn", show);
  canvas.root.addEventListener("canvas-chosen", ({ detail }) => {
    if (!several && detail.id && !selected.has(detail.id)) select([detail.id], [], { quiet: true });
  });
  canvas.doc.addEventListener("changed", dropGone);
  makeButton();
}

// What others call

/**
 * @param {Iterable<string>} steps
 * @param {Iterable<string>} [marks]
 * @param {{quiet?: boolean}} [how]
 */
export function select(steps, marks = [], { quiet = false } = {}) {
  const before = count();
  selected.clear();
  marked.clear();
  for (const id of steps) selected.add(id);
  for (const key of marks) marked.add(key);
  show();
  if (!quiet && (count() || before)) canvas.announce(words());
}

/** @param {string} id */
export function toggle(id) {
  if (!selected.delete(id)) selected.add(id);
  show();
  canvas.announce(words());
}

/** @param {string} key */
export function toggleMark(key) {
  if (!marked.delete(key)) marked.add(key);
  show();
  canvas.announce(words());
}

export function selectAll() {
  const { graph } = canvas.doc;
  select(graph.nodes.map((step) => step.id), [...keysOf(graph, "note"), ...keysOf(graph, "frame")]);
}

export function clearSelection() {
  if (!count()) return false;
  select([]);
  return true;
}

export function count() {
  return selected.size + marked.size;
}

/** Ids of the chosen notes or frames. @param {"note" | "frame"} what @returns {Set<string>} */
export function markedOf(what) {
  return new Set([...marked].filter((key) => key.startsWith(`${what}:`)).map((key) => key.slice(what.length + 1)));
}

export function isSeveral() {
  return several;
}

// What is seen and said

function words() {
  const total = count();
  if (!total) return "Nothing is chosen.";
  if (total === 1 && selected.size) return `'${nameOf(canvas.doc.graph, [...selected][0])}' is chosen.`;
  const parts = [[selected.size, "step"], [markedOf("note").size, "note"], [markedOf("frame").size, "frame"]];
  const named = parts.filter(([number]) => number).map(([number, name]) => `${number} ${name}${number === 1 ? "" : "s"}`);
  return `Chosen: ${named.join(", ")}.`;
}

function show() {
  for (const card of canvas.root.querySelectorAll(".canvas-step")) {
    card.classList.toggle("is-selected", selected.has(card.dataset.step));
  }
  for (const mark of canvas.root.querySelectorAll("[data-mark]")) {
    mark.classList.toggle("is-selected", marked.has(`${mark.dataset.mark}:${mark.dataset.id}`));
  }
  canvas.root.dispatchEvent(new CustomEvent("selection-changed", { bubbles: true }));
}

function dropGone() {
  const { graph } = canvas.doc;
  const there = new Set(graph.nodes.map((step) => step.id));
  const marks = new Set([...keysOf(graph, "note"), ...keysOf(graph, "frame")]);
  for (const id of selected) if (!there.has(id)) selected.delete(id);
  for (const key of marked) if (!marks.has(key)) marked.delete(key);
}

/** @param {any} graph @param {"note" | "frame"} what */
function keysOf(graph, what) {
  return (graph[`${what}s`] ?? []).map((item) => `${what}:${item.id}`);
}

// The hand

/** Where a press on a card began. @type {{x: number, y: number, id: string, key: string, adds: boolean} | null} */
let pressed = null;

/** @param {PointerEvent} event */
function press(event) {
  pressed = null;
  const target = /** @type {Element} */ (event.target);
  if (event.button !== 0 || target.closest("[data-port], button, a, input, textarea, [data-canvas-tool]")) return;
  const id = target.closest(".canvas-step")?.getAttribute("data-step") ?? "";
  const mark = /** @type {HTMLElement | null} */ (target.closest("[data-mark]"));
  const key = mark ? `${mark.dataset.mark}:${mark.dataset.id}` : "";
  const adds = several || event.shiftKey || event.ctrlKey || event.metaKey;
  pressed = { x: event.clientX, y: event.clientY, id, key, adds };
  // What is pulled is chosen first; several that are chosen are pulled together.
  if (!adds && id && !selected.has(id)) select([id], [], { quiet: true });
  if (!adds && key && !marked.has(key)) select([], [key], { quiet: true });
}

/** @param {PointerEvent} event */
function release(event) {
  const began = pressed;
  pressed = null;
  if (!began || Math.hypot(event.clientX - began.x, event.clientY - began.y) > FAR) return;
  const { id, key, adds } = began;
  if (adds && id) toggle(id);
  else if (adds && key) toggleMark(key);
  else if (id) select([id], [], { quiet: true });
  else if (key) select([], [key], { quiet: true });
  else if (!adds) clearSelection();
}

// The band

/** @type {{x: number, y: number, element: HTMLElement, steps: Set<string>, marks: Set<string>} | null} */
let band = null;

/** @param {any} event */
function beginBand(event) {
  const target = /** @type {Element} */ (event.target);
  const wants = event.shiftKey || (several && !(event.touches?.length > 1));
  if (!wants || !canvas.root.contains(target) || event.button > 0) return;
  if (target.closest(".canvas-step, [data-mark], button, a, input, textarea, [data-canvas-tool]")) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.type !== "pointerdown" || band) return;
  const element = document.createElement("div");
  element.className = "canvas-band";
  canvas.root.append(element);
  band = { x: event.clientX, y: event.clientY, element, steps: new Set(selected), marks: new Set(marked) };
  // A second finger neither pulls the band nor ends it.
  const move = (/** @type {PointerEvent} */ now) => {
    if (now.pointerId === event.pointerId) pullBand(now);
  };
  const end = (/** @type {PointerEvent} */ now) => {
    if (now.pointerId !== event.pointerId) return;
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    window.removeEventListener("pointercancel", end);
    band?.element.remove();
    band = null;
    canvas.announce(words());
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
  window.addEventListener("pointercancel", end);
}

/** @param {PointerEvent} event */
function pullBand(event) {
  const { root } = canvas;
  const frame = root.getBoundingClientRect();
  const [left, top] = [Math.min(band.x, event.clientX), Math.min(band.y, event.clientY)];
  const [width, height] = [Math.abs(event.clientX - band.x), Math.abs(event.clientY - band.y)];
  Object.assign(band.element.style, { left: `${left - frame.left}px`, top: `${top - frame.top}px`, width: `${width}px`, height: `${height}px` });
  const corner = canvas.toCanvas(left, top);
  const box = { ...corner, width: width / canvas.view.zoom, height: height / canvas.view.zoom };
  const steps = stepBoxes(canvas).filter((one) => meets(one, box)).map((one) => one.id);
  const inside = (one) => one.x >= box.x && one.y >= box.y && one.x + one.width <= box.x + box.width && one.y + one.height <= box.y + box.height;
  const marks = markBoxes(canvas).filter((one) => (one.id.startsWith("frame:") ? inside(one) : meets(one, box))).map((one) => one.id);
  select([...band.steps, ...steps], [...band.marks, ...marks], { quiet: true });
}

// The button

function makeButton() {
  const bar = canvas.root.querySelector(".canvas-controls");
  if (!bar) return;
  const toggler = button("list-check", "Choose several: each press adds a step, a pull over the ground chooses what it touches", () => {
    several = !several;
    toggler.setAttribute("aria-pressed", String(several));
    canvas.root.classList.toggle("chooses-several", several);
    canvas.announce(several ? "Each press adds a step to what is chosen." : words());
  });
  toggler.className = "canvas-several";
  toggler.setAttribute("aria-pressed", "false");
  toggler.setAttribute("aria-label", "Choose several");
  bar.append(toggler);
}
