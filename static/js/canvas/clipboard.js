// Copy, cut, paste and duplicate, also into another workflow or window: the system's clipboard carries the steps as text.
import { written, pasted, read } from "./clip_text.js";
import { removed } from "./plans.js";
import { perform, tellViewer } from "./doing.js";
import { hasHand, isTyping } from "./at_hand.js";
import { clearSelection, count, marked, markedOf, select, selected } from "./selection.js";
import { CARD, FRAME, markBoxes, NOTE, stepBoxes } from "./boxes.js";
import { around, freeShift, GRID } from "./arranging.js";
import { focusOn } from "./walking.js";

const BESIDE = 2 * GRID;
/** What was copied last in this window, for browsers that keep the system's clipboard closed. */
let kept = "";
/** Where the mouse is over the canvas. @type {{clientX: number, clientY: number} | null} */
let pointer = null;

/** @param {any} canvas */
export function start(canvas) {
  canvas.root.addEventListener("pointermove", ({ clientX, clientY, pointerType }) => {
    pointer = pointerType === "mouse" ? { clientX, clientY } : null;
  });
  canvas.root.addEventListener("pointerleave", () => { pointer = null; });
  document.addEventListener("copy", (event) => toClipboard(canvas, event, false));
  document.addEventListener("cut", (event) => toClipboard(canvas, event, true));
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!hasHand(canvas) || isTyping()) return;
    if (pasteText(canvas, text, pointer)) event.preventDefault();
  });
}

/** Where the mouse is over the canvas. */
export function pointerSpot() {
  return pointer;
}

/** @param {any} canvas @param {ClipboardEvent} event @param {boolean} cuts */
function toClipboard(canvas, event, cuts) {
  const marks = window.getSelection();
  if (!hasHand(canvas) || isTyping() || (marks && !marks.isCollapsed)) return;
  const text = textOf(canvas);
  if (!text) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
  kept = text;
  if (cuts) removeChosen(canvas, "Cut");
  else canvas.announce(`${chosenWords()} copied.`);
}

/** From a menu: the browser may keep the system's clipboard closed, then this window's own is used. @param {any} canvas @param {boolean} [cuts] */
export async function copy(canvas, cuts = false) {
  const text = textOf(canvas);
  if (!text) return;
  kept = text;
  if (cuts) removeChosen(canvas, "Cut");
  else canvas.announce(`${chosenWords()} copied.`);
  await navigator.clipboard?.writeText(text).catch(() => {});
}

/** @param {any} canvas @param {import("./saying.js").Spot | null} spot */
export async function paste(canvas, spot) {
  const text = (await navigator.clipboard?.readText?.().catch(() => "")) || kept;
  if (!pasteText(canvas, text, spot)) canvas.announce("There are no copied steps.");
}

/** @param {any} canvas */
export function duplicate(canvas) {
  const { clip } = read(textOf(canvas));
  return Boolean(clip) && put(canvas, clip, () => roomBeside(canvas, clip, { x: BESIDE, y: BESIDE + GRID }), "Duplicate");
}

/** The shift nearest to a wanted one with which a clip hides nothing. @param {any} canvas @param {any} clip @param {{x: number, y: number}} wanted */
function roomBeside(canvas, clip, wanted) {
  const boxes = [[clip.steps, CARD], [clip.notes, NOTE], [clip.frames, FRAME]]
    .flatMap(([list, usual]) => list.map((one) => ({ x: one.x ?? 0, y: one.y ?? 0, width: one.width ?? usual.width, height: one.height ?? usual.height })));
  const others = [...stepBoxes(canvas), ...markBoxes(canvas).filter((box) => clip.frames.length || box.id.startsWith("note:"))];
  return freeShift(boxes, others, wanted);
}

/** Delete what is chosen; wires go on where they can. @param {any} canvas @param {string} [verb] */
export function removeChosen(canvas, verb = "Delete") {
  const { graph } = canvas.doc;
  const total = count();
  if (!total) return false;
  if (canvas.readOnly) {
    tellViewer(canvas);
    return false;
  }
  const words = chosenWords();
  const marks = [...marked].map((key) => key.split(/:(.*)/s)).map(([what, id]) => ({ op: `delete_${what}`, id }));
  const plan = removed(graph, graph.nodes.filter((step) => selected.has(step.id)).map((step) => step.id));
  const beside = nearestBeside(canvas);
  const done = perform(canvas, { ops: [...plan.ops, ...marks] }, {
    label: `${verb} ${words}`,
    said: `${words} ${verb === "Cut" ? "cut" : "deleted"}. Undo brings ${total === 1 ? "it" : "them"} back.`,
  });
  if (!done) return false;
  clearSelection();
  if (!focusOn(beside, { chooses: false })) canvas.root.focus({ preventScroll: true });
  return true;
}

/** What is nearest to the chosen and stays: a step, else a note or frame, else "". @param {any} canvas */
function nearestBeside(canvas) {
  const { x, y, width, height } = around([...stepBoxes(canvas, selected), ...markBoxes(canvas, marked)]);
  const far = (box) => Math.hypot(box.x + box.width / 2 - x - width / 2, box.y + box.height / 2 - y - height / 2);
  const nearest = (boxes) => boxes.filter((box) => !selected.has(box.id) && !marked.has(box.id)).sort((one, other) => far(one) - far(other))[0]?.id;
  return nearest(stepBoxes(canvas)) ?? nearest(markBoxes(canvas)) ?? "";
}

/** @param {any} canvas */
function textOf(canvas) {
  return written(canvas.doc.graph, { steps: selected, notes: markedOf("note"), frames: markedOf("frame") });
}

/** @param {any} canvas @param {string} text @param {import("./saying.js").Spot | null} spot @returns {boolean} whether it was for us */
function pasteText(canvas, text, spot) {
  const { clip, refusal } = read(text);
  if (!clip && !refusal) return false;
  if (canvas.readOnly) {
    tellViewer(canvas);
    return true;
  }
  if (refusal) {
    perform(canvas, { refusal }, { label: "Paste", spot: spot ?? undefined });
    return true;
  }
  put(canvas, clip, (corner) => shiftTo(canvas, clip, corner, spot), "Paste");
  return true;
}

/** @param {any} canvas @param {any} clip @param {(corner: any) => {x: number, y: number}} shift @param {string} verb */
function put(canvas, clip, shift, verb) {
  const plan = pasted(canvas.doc.graph, clip, shift);
  const words = wordsOf(clip.steps.length, clip.notes.length, clip.frames.length);
  const done = perform(canvas, plan, { label: `${verb} ${words}`, said: `${words} ${verb === "Paste" ? "pasted" : "duplicated"}.` });
  if (!done) return false;
  select(plan.steps, [...plan.notes.map((id) => `note:${id}`), ...plan.frames.map((id) => `frame:${id}`)], { quiet: true });
  const first = plan.steps[0] ?? (plan.notes.length ? `note:${plan.notes[0]}` : `frame:${plan.frames[0]}`);
  if (canvas.root.contains(document.activeElement)) focusOn(first, { chooses: false });
  // The settings of a pasted step are not asked for: the server may refuse it.
  if (verb === "Duplicate" && plan.steps.length === 1) canvas.choose(plan.steps[0]);
  if (plan.steps.length) canvas.reveal(plan.steps[0]);
  return true;
}

/** At the pointer, or beside what is chosen, or in the middle of what is seen. @param {any} canvas @param {any} clip @param {{x: number, y: number}} corner @param {any} spot */
function shiftTo(canvas, clip, corner, spot) {
  const chosen = [...stepBoxes(canvas, selected), ...markBoxes(canvas, marked)];
  const frame = canvas.root.getBoundingClientRect();
  let place;
  if (spot) place = canvas.toCanvas(spot.clientX, spot.clientY);
  else if (chosen.length) {
    const { x, y } = around(chosen);
    place = { x: x + BESIDE, y: y + BESIDE + GRID };
  } else place = canvas.toCanvas(frame.left + frame.width / 3, frame.top + frame.height / 3);
  const shift = { x: Math.round(place.x / GRID) * GRID - corner.x, y: Math.round(place.y / GRID) * GRID - corner.y };
  return spot ? shift : roomBeside(canvas, clip, shift);
}

/** "2 steps", "6 steps, 2 notes and 1 frame". @param {number} steps @param {number} notes @param {number} frames */
function wordsOf(steps, notes, frames) {
  const kinds = /** @type {[number, string][]} */ ([[steps, "step"], [notes, "note"], [frames, "frame"]]).filter(([number]) => number);
  const words = kinds.map(([number, name]) => `${number} ${name}${number === 1 ? "" : "s"}`);
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : words[0] ?? "";
}

function chosenWords() {
  return wordsOf(selected.size, markedOf("note").size, markedOf("frame").size);
}
