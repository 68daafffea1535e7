// Notes and frames: text on the canvas as it was written (no markup), and coloured frames around steps that belong
// together. Made, written, coloured, resized; moving.js moves them.
import { around, freeShift, GRID } from "./arranging.js";
import { FRAME, markBoxes, NOTE, stepBoxes } from "./boxes.js";
import { free } from "./clip_text.js";
import { perform } from "./doing.js";
import { marked, select, selected } from "./selection.js";

/** @typedef {"note" | "frame"} What */

export const COLOURS = ["yellow", "blue", "green", "violet", "red", "grey"];
const USUAL = { note: "yellow", frame: "grey" };
const MARGIN = 2 * GRID;
const LONGEST = { note: 10_000, frame: 200 };
const FIELD = { note: "text", frame: "label" };
const LEAST = { width: 80, height: 60 };

/** @type {any} */
let canvas = null;
/** What is being written. @type {{what: What, id: string, element: HTMLElement, field: HTMLTextAreaElement | HTMLInputElement, before: string} | null} */
let writing = null;

/** @param {any} owner */
export function start(owner) {
  canvas = owner;
  canvas.root.addEventListener("canvas-drawn", draw);
  canvas.root.addEventListener("dblclick", (event) => {
    const mark = /** @type {HTMLElement | null} */ (event.target.closest("[data-mark]"));
    if (!mark || canvas.readOnly) return;
    event.stopPropagation();
    write(/** @type {What} */ (mark.dataset.mark), mark.dataset.id);
  }, true);
  canvas.root.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".mark-grip")) resize(event);
  }, true);
  draw();
}

// What is done with them

/** A note at a place of the window, or where the view has room. @param {import("./saying.js").Spot | null} [spot] */
export function addNote(spot = null) {
  add("note", { text: "", ...NOTE, ...roomFor("note", spot) });
}

/** A frame around the chosen steps, or an empty one. @param {import("./saying.js").Spot | null} [spot] */
export function addFrame(spot = null) {
  const boxes = stepBoxes(canvas, selected);
  let place;
  if (boxes.length) {
    const { x, y, width, height } = around(boxes);
    place = { x: x - MARGIN, y: y - MARGIN - GRID, width: width + 2 * MARGIN, height: height + 2 * MARGIN + GRID };
  } else {
    place = { ...FRAME, ...roomFor("frame", spot) };
  }
  add("frame", { label: "", ...place });
}

/** The free place nearest to one of the window, else to the middle of the view. @param {What} what @param {import("./saying.js").Spot | null} spot */
function roomFor(what, spot) {
  const size = what === "note" ? NOTE : FRAME;
  const { left, top, right, bottom } = canvas.root.getBoundingClientRect();
  const from = canvas.toCanvas(left, top);
  const to = canvas.toCanvas(right, bottom);
  const view = { ...from, width: to.x - from.x, height: to.y - from.y };
  const at = spot
    ? canvas.toCanvas(spot.clientX, spot.clientY)
    : { x: view.x + (view.width - size.width) / 2, y: view.y + (view.height - size.height) / 2 };
  // A note may lie in a frame.
  const marks = markBoxes(canvas).filter((box) => what === "frame" || box.id.startsWith("note:"));
  const wanted = { x: snap(at.x), y: snap(at.y) };
  return freeShift([{ x: 0, y: 0, ...size }], [...stepBoxes(canvas), ...marks], wanted, view);
}

/** @param {What} what @param {Record<string, any>} fields */
function add(what, fields) {
  const { graph } = canvas.doc;
  const id = free(what, new Set([...graph.nodes, ...(graph.notes ?? []), ...(graph.frames ?? [])].map((one) => one.id)));
  const done = perform(canvas, { ops: [{ op: `add_${what}`, id, ...fields, color: USUAL[what] }] }, { label: `Add a ${what}`, said: `A ${what} was added. Write its ${FIELD[what]}.` });
  if (!done) return;
  draw();
  select([], [`${what}:${id}`], { quiet: true });
  canvas.sight?.reveal(boxOf(what, id));
  write(what, id);
}

/** The colour of the chosen notes and frames. @param {string} colour */
export function colour(colour) {
  const ops = [...marked].map((key) => key.split(/:(.*)/s)).map(([what, id]) => ({ op: `edit_${what}`, id, set: { color: colour } }));
  return perform(canvas, { ops }, { label: `Colour ${ops.length === 1 ? "a mark" : "marks"} ${colour}`, said: `Coloured ${colour}.` });
}

/** Larger or smaller by the keys. @param {string} key as "note:ID" @param {number} dx @param {number} dy */
export function grow(key, dx, dy) {
  const [what, id] = /** @type {[What, string]} */ (key.split(/:(.*)/s));
  const box = boxOf(what, id);
  if (!box || canvas.readOnly) return false;
  return setSize(what, id, box.width + dx * GRID, box.height + dy * GRID);
}

// Drawing

export function draw() {
  const host = canvas.root.querySelector(".drawflow");
  if (!host) return;
  for (const what of /** @type {What[]} */ (["frame", "note"])) {
    const items = new Map((canvas.doc.graph[`${what}s`] ?? []).map((item) => [item.id, item]));
    for (const element of host.querySelectorAll(`[data-mark="${what}"]`)) {
      if (!items.has(element.dataset.id)) element.remove();
    }
    for (const item of items.values()) {
      const old = host.querySelector(`[data-mark="${what}"][data-id="${CSS.escape(item.id)}"]`);
      show(what, item, old ?? host.insertBefore(made(what, item.id), host.firstChild));
    }
  }
}

/** @param {What} what @param {string} id */
function made(what, id) {
  const element = document.createElement("div");
  element.className = `canvas-mark canvas-${what}`;
  Object.assign(element.dataset, { mark: what, id, [what]: "" });
  element.tabIndex = -1;
  element.setAttribute("role", "group");
  element.setAttribute("aria-roledescription", what);
  const words = document.createElement("div");
  words.className = "mark-words";
  element.append(words);
  if (!canvas.readOnly) {
    const grip = document.createElement("div");
    grip.className = "mark-grip";
    grip.title = "Pull to resize";
    element.append(grip);
  }
  return element;
}

/** @param {What} what @param {any} item @param {HTMLElement} element */
function show(what, item, element) {
  const usual = what === "note" ? NOTE : FRAME;
  const words = item[FIELD[what]] ?? "";
  Object.assign(element.style, {
    left: `${item.x ?? 0}px`, top: `${item.y ?? 0}px`,
    width: `${Math.max(LEAST.width, item.width ?? usual.width)}px`, height: `${Math.max(LEAST.height, item.height ?? usual.height)}px`,
  });
  element.dataset.colour = COLOURS.includes(item.color) ? item.color : USUAL[what];
  const place = /** @type {HTMLElement} */ (element.querySelector(".mark-words"));
  if (place.textContent !== words) place.textContent = words;
  place.dataset.empty = what === "note" ? "Empty note" : "Frame";
  element.setAttribute("aria-label", `${what === "note" ? "Note" : "Frame"}: ${words || "empty"}`);
  element.classList.toggle("is-selected", marked.has(`${what}:${item.id}`));
}

// Writing

/** @param {What} what @param {string} id */
export function write(what, id) {
  finish();
  const element = elementOf(what, id);
  if (!element || canvas.readOnly) return;
  const field = what === "note" ? document.createElement("textarea") : document.createElement("input");
  const before = itemOf(what, id)?.[FIELD[what]] ?? "";
  field.className = "mark-field";
  field.maxLength = LONGEST[what];
  field.setAttribute("aria-label", what === "note" ? "Text of the note" : "Name of the frame");
  field.value = before;
  element.classList.add("is-written");
  element.append(field);
  writing = { what, id, element, field, before };
  field.addEventListener("blur", () => finish());
  field.addEventListener("keydown", (event) => {
    const ends = event.key === "Escape" || (event.key === "Enter" && (what === "frame" || event.ctrlKey || event.metaKey));
    event.stopPropagation();
    if (!ends) return;
    event.preventDefault();
    finish();
    element.focus({ preventScroll: true });
  });
  field.focus({ preventScroll: true });
  if (what === "frame") field.select();
}

/** What was typed is kept; undo takes it back. */
function finish() {
  if (!writing) return;
  const { what, id, element, field, before } = writing;
  const words = field.value;
  writing = null;
  element.classList.remove("is-written");
  field.remove();
  if (words === before || !itemOf(what, id)) return;
  perform(canvas, { ops: [{ op: `edit_${what}`, id, set: { [FIELD[what]]: words } }] }, { label: what === "note" ? "Write a note" : "Name a frame", said: "Saved." });
}

// Resizing

/** @param {PointerEvent} event */
function resize(event) {
  const grip = /** @type {HTMLElement} */ (event.target);
  const element = /** @type {HTMLElement} */ (grip.closest("[data-mark]"));
  const [what, id] = /** @type {[What, string]} */ ([element.dataset.mark, element.dataset.id]);
  const box = boxOf(what, id);
  if (event.button !== 0 || !box) return;
  event.preventDefault();
  event.stopPropagation();
  grip.setPointerCapture(event.pointerId);
  let size = { width: box.width, height: box.height };
  const move = (now) => {
    const { zoom } = canvas.view;
    size = {
      width: Math.max(LEAST.width, snap(box.width + (now.clientX - event.clientX) / zoom)),
      height: Math.max(LEAST.height, snap(box.height + (now.clientY - event.clientY) / zoom)),
    };
    Object.assign(element.style, { width: `${size.width}px`, height: `${size.height}px` });
  };
  const listening = new AbortController();
  const { signal } = listening;
  grip.addEventListener("pointermove", move, { signal });
  const end = (now) => {
    listening.abort();
    if (now.type === "pointerup" && (size.width !== box.width || size.height !== box.height)) setSize(what, id, size.width, size.height);
    else draw();
  };
  grip.addEventListener("pointerup", end, { signal });
  grip.addEventListener("pointercancel", end, { signal });
}

/** @param {What} what @param {string} id @param {number} width @param {number} height */
function setSize(what, id, width, height) {
  const set = { width: Math.max(LEAST.width, width), height: Math.max(LEAST.height, height) };
  return perform(canvas, { ops: [{ op: `edit_${what}`, id, set }] }, { label: `Resize a ${what}`, said: `${set.width} by ${set.height}.` });
}

// Finding

/** @param {What} what @param {string} id @returns {HTMLElement | null} */
export function elementOf(what, id) {
  return canvas.root.querySelector(`[data-mark="${what}"][data-id="${CSS.escape(id)}"]`);
}

/** @param {What} what @param {string} id */
function itemOf(what, id) {
  return (canvas.doc.graph[`${what}s`] ?? []).find((item) => item.id === id);
}

/** @param {What} what @param {string} id */
function boxOf(what, id) {
  const item = itemOf(what, id);
  return item ? { ...(what === "note" ? NOTE : FRAME), ...item } : null;
}

/** @param {number} place */
function snap(place) {
  return Math.round(place / GRID) * GRID;
}
