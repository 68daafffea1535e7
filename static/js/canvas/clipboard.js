// Copy, cut, paste and duplicate, also into another workflow or window: the system's clipboard carries the steps as text.
import { written, pasted, read } from "./clip_text.js";
import { removed } from "./plans.js";
import { perform } from "./doing.js";
import { hasHand, isTyping } from "./at_hand.js";
import { clearSelection, count, marked, markedOf, select, selected } from "./selection.js";
import { stepBoxes, markBoxes } from "./boxes.js";
import { around, GRID } from "./arranging.js";
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
  return Boolean(clip) && put(canvas, clip, () => ({ x: BESIDE, y: BESIDE + GRID }), "Duplicate");
}

/** Delete what is chosen; wires go on where they can. @param {any} canvas @param {string} [verb] */
export function removeChosen(canvas, verb = "Delete") {
  const { graph } = canvas.doc;
  const total = count();
  if (!total || canvas.readOnly) return false;
  const words = chosenWords();
  const marks = [...marked].map((key) => key.split(/:(.*)/s)).map(([what, id]) => ({ op: `delete_${what}`, id }));
  const plan = removed(graph, graph.nodes.filter((step) => selected.has(step.id)).map((step) => step.id));
  const done = perform(canvas, { ops: [...plan.ops, ...marks] }, {
    label: `${verb} ${words}`,
    said: `${words} ${verb === "Cut" ? "cut" : "deleted"}. Undo brings ${total === 1 ? "it" : "them"} back.`,
  });
  if (done) clearSelection();
  return done;
}

/** @param {any} canvas */
function textOf(canvas) {
  return written(canvas.doc.graph, { steps: selected, notes: markedOf("note"), frames: markedOf("frame") });
}

/** @param {any} canvas @param {string} text @param {import("./saying.js").Spot | null} spot @returns {boolean} whether it was for us */
function pasteText(canvas, text, spot) {
  const { clip, refusal } = read(text);
  if (!clip && !refusal) return false;
  if (canvas.readOnly) return true;
  if (refusal) {
    perform(canvas, { refusal }, { label: "Paste", spot: spot ?? undefined });
    return true;
  }
  put(canvas, clip, (corner) => shiftTo(canvas, corner, spot), "Paste");
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

/** At the pointer, or beside what is chosen, or in the middle of what is seen. @param {any} canvas @param {{x: number, y: number}} corner @param {any} spot */
function shiftTo(canvas, corner, spot) {
  const chosen = [...stepBoxes(canvas, selected), ...markBoxes(canvas, marked)];
  const frame = canvas.root.getBoundingClientRect();
  let place;
  if (spot) place = canvas.toCanvas(spot.clientX, spot.clientY);
  else if (chosen.length) {
    const { x, y } = around(chosen);
    place = { x: x + BESIDE, y: y + BESIDE + GRID };
  } else place = canvas.toCanvas(frame.left + frame.width / 3, frame.top + frame.height / 3);
  return { x: Math.round(place.x / GRID) * GRID - corner.x, y: Math.round(place.y / GRID) * GRID - corner.y };
}

/** "2 steps", "1 note", "5 things" where they are of several kinds. @param {number} steps @param {number} notes @param {number} frames */
function wordsOf(steps, notes, frames) {
  const kinds = [[steps, "step"], [notes, "note"], [frames, "frame"]].filter(([number]) => number);
  const total = steps + notes + frames;
  const name = kinds.length === 1 ? kinds[0][1] : "thing";
  return `${total} ${name}${total === 1 ? "" : "s"}`;
}

function chosenWords() {
  return wordsOf(selected.size, markedOf("note").size, markedOf("frame").size);
}
