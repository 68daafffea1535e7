// New steps: pulled out of the palette, pressed there, or searched for at a place of the canvas.
import { foldSheet } from "../editor/layout.js";
import { chosenStep } from "../editor/panel.js";
import { cardAt, performAdding } from "./doing.js";
import { dragKinds } from "./palette_drag.js";
import { CARD_MIDDLE, CARD_WIDTH, freePlace, onGrid } from "./placing.js";
import { alone, behind, inserted, joined } from "./plans.js";
import { openQuickAdd } from "./quick_add.js";
import { kindOf, nameOf, offers, portOf } from "./rules.js";
import { focusOn } from "./walking.js";

/**
 * Whether the hand was on the canvas last. Then Tab opens the search; who walks by keys goes on walking with it, also when
 * the search was just closed.
 */
let handIsHere = false;
/** Kinds and categories, in the order in which they usually follow a model. */
const AFTER_MODEL = ["evaluate", "cross_validate", "compare", "validate", "explain", "deliver"];
/** The card shows at once that it is chosen, the panel when the server has answered; what was told last counts. */
let lastChosen = "";
const WALKING = new Set(["Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

/** @param {any} canvas */
export function start(canvas) {
  if (canvas.readOnly) return;
  dragKinds(canvas, { pressed: (kind) => addBehind(canvas, kind, chosen(canvas)) });
  canvas.root.addEventListener("dblclick", (event) => {
    if (isGround(event.target)) searchAt(canvas, event);
  });
  lastChosen = chosenStep();
  canvas.root.addEventListener("canvas-chosen", (event) => { lastChosen = event.detail.id; });
  document.addEventListener("step-chosen", (event) => { lastChosen = event.detail.step; });
  document.addEventListener("pointerdown", (event) => {
    handIsHere = canvas.root.contains(/** @type {Node} */ (event.target));
  }, true);
  document.addEventListener("keydown", (event) => {
    if (!handIsHere || !WALKING.has(event.key) || document.querySelector("dialog[open], .dropdown-menu.show")) return;
    handIsHere = false;
    if (event.key !== "Tab" || event.shiftKey || event.defaultPrevented || !isAtCanvas(canvas)) return;
    event.preventDefault();
    searchAtHand(canvas);
  });
}

/**
 * A step behind the chosen one, or where the canvas is looked at.
 * @param {any} canvas
 * @param {string} kind
 * @param {string} after a step, or ""
 * @returns {string} the new step, or "" where there is none
 */
export function addBehind(canvas, kind, after) {
  const { graph } = canvas.doc;
  const plan = after ? behind(graph, kind, after) : alone(graph, kind, freePlace(graph, onGrid(centre(canvas))));
  // On a narrow window the column of steps lies over the canvas.
  foldSheet();
  if (!performAdding(canvas, kind, plan)) return "";
  canvas.reveal(plan.id);
  return plan.id;
}

/** Whoever searched goes on from the new card. @param {any} canvas @param {string} kind @param {import("./plans.js").Plan} plan @param {import("./saying.js").Spot} spot */
function addFound(canvas, kind, plan, spot) {
  if (performAdding(canvas, kind, plan, spot)) focusOn(plan.id, { chooses: false });
}

/**
 * The search at a place of the window; the new step stands there, alone.
 * @param {any} canvas
 * @param {import("./saying.js").Spot} spot
 */
export function searchAt(canvas, spot) {
  const place = cardAt(canvas, spot);
  const { clientX, clientY } = spot;
  openQuickAdd(canvas, {
    spot: { clientX, clientY },
    title: "Add a step here",
    choose: ({ kind }) => addFound(canvas, kind.kind, alone(canvas.doc.graph, kind.kind, freePlace(canvas.doc.graph, place)), spot),
  });
}

/** The search for what comes after the chosen step; without one, in the middle. @param {any} canvas */
export function searchAtHand(canvas) {
  const after = chosen(canvas);
  const box = (after ? canvas.stepElement(after) : null)?.getBoundingClientRect();
  if (!box) {
    const middle = canvas.root.getBoundingClientRect();
    searchAt(canvas, { clientX: middle.left + middle.width / 2, clientY: middle.top + middle.height / 3 });
    return;
  }
  const { graph } = canvas.doc;
  openQuickAdd(canvas, {
    spot: { clientX: box.right + 12, clientY: box.top },
    title: `Add a step after ${nameOf(graph, after)}`,
    offers: after ? offersAfter(graph, after) : undefined,
    choose: ({ kind }) => focusOn(addBehind(canvas, kind.kind, after), { chooses: false }),
  });
}

/**
 * The search where a wire was let go: what fits its end is wired to it.
 * @param {any} canvas
 * @param {import("./rules.js").End} end
 * @param {import("./saying.js").Spot} spot
 * @param {() => void} [closed]
 */
export function searchForEnd(canvas, end, spot, closed) {
  const { graph } = canvas.doc;
  const { x, y } = canvas.toCanvas(spot.clientX, spot.clientY);
  const place = onGrid({ x: "from" in end ? x : x - CARD_WIDTH, y: y - CARD_MIDDLE });
  const name = nameOf(graph, "from" in end ? end.from : end.to);
  openQuickAdd(canvas, {
    spot,
    offers: "from" in end && portOf(graph, end)?.type === "model" ? usualAfterModel(offers(graph, end)) : offers(graph, end),
    closed,
    title: "from" in end ? `Add a step after ${name}` : `Add a step before ${name}`,
    choose: ({ kind }) => {
      const now = canvas.doc.graph;
      addFound(canvas, kind.kind, joined(now, kind.kind, end, freePlace(now, place)), spot);
    },
  });
}

/**
 * The search for a step that is put into a wire.
 * @param {any} canvas
 * @param {import("./rules.js").Edge} edge
 * @param {import("./saying.js").Spot} spot
 */
export function searchForWire(canvas, edge, spot) {
  const { graph } = canvas.doc;
  const place = cardAt(canvas, spot);
  const within = offers(graph, null).map(({ kind }) => {
    const { refusal = "" } = inserted(graph, edge, { kind: kind.kind }, place);
    return { kind, port: "", refusal };
  });
  openQuickAdd(canvas, {
    spot,
    offers: within,
    title: `Add a step between ${nameOf(graph, edge.from)} and ${nameOf(graph, edge.to)}`,
    choose: ({ kind }) => addFound(canvas, kind.kind, inserted(canvas.doc.graph, edge, { kind: kind.kind }, place), spot),
  });
}

/** @param {any} graph @param {string} after */
function offersAfter(graph, after) {
  const outputs = kindOf(graph, after)?.outputs ?? [];
  const each = outputs.map((port) => offers(graph, { from: after, from_port: port.name }));
  const first = each[0] ?? offers(graph, { from: after, from_port: "" });
  const found = first.map((offer, at) => each.map((list) => list[at]).find((one) => !one.refusal) ?? offer);
  return outputs[0]?.type === "model" ? usualAfterModel(found) : found;
}

/** What usually comes after a model comes first. @param {import("./rules.js").Offer[]} found */
function usualAfterModel(found) {
  const rank = ({ kind }) => {
    const at = AFTER_MODEL.findIndex((one) => one === kind.kind || one === kind.category);
    return at < 0 ? AFTER_MODEL.length : at;
  };
  return [...found].sort((one, other) => rank(one) - rank(other));
}

/** @param {any} canvas */
function centre(canvas) {
  const box = canvas.root.getBoundingClientRect();
  return cardAt(canvas, { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 });
}

/** @param {any} canvas */
function chosen(canvas) {
  return canvas.doc.graph.nodes.some((one) => one.id === lastChosen) ? lastChosen : "";
}

/** @param {EventTarget | null} target */
function isGround(target) {
  return target instanceof Element && !target.closest(".canvas-step, .connection, button, a, input, [data-note], [data-frame], [data-canvas-tool]");
}

/** @param {any} canvas */
function isAtCanvas(canvas) {
  const focus = document.activeElement;
  if (!canvas.root.offsetParent || focus?.matches("input, textarea, select")) return false;
  return !focus || focus === document.body || canvas.root.contains(focus);
}
