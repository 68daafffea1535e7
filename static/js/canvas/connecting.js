// Wires between ports: pulled, or by pressing one port and then the other, which needs no pulling. What cannot be is said
// at the pointer; an input that is taken offers to be replaced; in the empty there is a search for what fits.
import { searchForEnd } from "./adding.js";
import { perform } from "./doing.js";
import { middle } from "./geometry.js";
import { dim, light } from "./lighting.js";
import { wired } from "./plans.js";
import { clearPreview, preview } from "./preview.js";
import { kindOf, nameOf, portOf } from "./rules.js";
import { offer, say } from "./saying.js";

/**
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {import("./rules.js").End} End
 * @typedef {import("./saying.js").Spot} Spot
 */

/** Less than this, in pixels of the window, is a press and not a pull; the same as in grasp.js. */
const STILL = 4;
const STILL_FINGER = 8;
/** So near to the middle of a port a finger means the port, in pixels of the window. */
const NEAR = 18;
/** A dialog that opens while a finger leaves the glass makes Chromium take the next tap for the end of a fling. */
const SETTLE_MILLISECONDS = 60;
/** The port that was pressed and waits for the other one. @type {End | null} */
let picked = null;
/** The port under the hand. @type {{end: End, x: number, y: number, pulled: boolean} | null} */
let held = null;

/** @param {any} canvas */
export function start(canvas) {
  if (canvas.readOnly) return;
  const { root } = canvas;
  root.addEventListener("pointerdown", (event) => down(canvas, event), true);
  window.addEventListener("pointermove", (event) => move(canvas, event));
  window.addEventListener("pointerup", (event) => up(canvas, event), true);
  window.addEventListener("pointercancel", () => letGo(canvas));
  root.addEventListener("wire-dropped", (event) => dropped(canvas, event.detail));
  root.addEventListener("canvas-drawn", () => picked && !portElement(canvas, picked) && unpick(canvas));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && held) letGo(canvas);
    if (event.key !== "Escape" || !picked) return;
    event.preventDefault();
    event.stopPropagation();
    unpick(canvas);
    canvas.announce("No wire was made.");
  }, true);
}

// What others may call too

/**
 * Makes a wire, or says why not; where the input is taken, offers to replace what it has.
 * @param {any} canvas
 * @param {Edge} edge
 * @param {Spot} [spot] where that is said; the input's place without one
 */
export function connect(canvas, edge, spot = spotOf(canvas, { to: edge.to, to_port: edge.to_port })) {
  const { graph } = canvas.doc;
  offerOr(canvas, wired(graph, edge), spot, () => wired(canvas.doc.graph, edge), {
    label: `Connect ${nameOf(graph, edge.from)} to ${nameOf(graph, edge.to)}`,
    said: `'${nameOf(graph, edge.to)}' reads from '${nameOf(graph, edge.from)}' now.`,
  });
}

/**
 * Does a plan; when another wire would have to go for it, asks first.
 * @param {any} canvas
 * @param {import("./plans.js").Plan & {instead?: Edge}} plan
 * @param {Spot} spot
 * @param {() => import("./plans.js").Plan} again the plan on what is there when the answer comes
 * @param {{label: string, said: string}} how
 */
export function offerOr(canvas, plan, spot, again, how) {
  if (!plan.instead) {
    perform(canvas, plan, { ...how, spot });
    return;
  }
  const words = plan.refusal.replace(" Disconnect that one first.", "");
  offer(canvas, words, spot, [{ label: "Replace it", run: () => perform(canvas, again(), { ...how, spot }) }]);
}

/** A port is pressed: the first of a wire, or the second. @param {any} canvas @param {End} end @param {Spot} [spot] */
export function press(canvas, end, spot = spotOf(canvas, end)) {
  if (canvas.readOnly) return;
  const first = picked;
  unpick(canvas);
  if (!first || isOneSided(first, end) && !isSameEnd(first, end)) pick(canvas, end);
  else if (isSameEnd(first, end)) searchForEnd(canvas, end, spot);
  else connect(canvas, edgeBetween(first, end), spot);
}

/** @param {any} canvas */
export function unpick(canvas) {
  if (!picked) return;
  portElement(canvas, picked)?.classList.remove("is-picked");
  picked = null;
  dim(canvas);
  clearPreview(canvas);
}

/** @param {any} canvas @param {End} end */
function pick(canvas, end) {
  picked = end;
  light(canvas, end);
  portElement(canvas, end)?.classList.add("is-picked");
  const [side, other] = "from" in end ? ["output", "input"] : ["input", "output"];
  const name = nameOf(canvas.doc.graph, "from" in end ? end.from : end.to);
  canvas.announce(`The ${side} of '${name}' is taken. Choose the ${other} it goes to, or choose it again to add a step there.`);
}

// The hand

/** @param {any} canvas @param {PointerEvent} event */
function down(canvas, event) {
  const end = endOf(event.target);
  // A second finger: it is no longer a pull.
  if (held) letGo(canvas);
  held = end && event.button === 0 ? { end, x: event.clientX, y: event.clientY, pulled: false } : null;
  if (!picked || end) return;
  const id = stepAt(event.target);
  const first = picked;
  unpick(canvas);
  if (!id) return;
  // The press is about the wire; the card is not chosen by it.
  event.preventDefault();
  event.stopPropagation();
  toStep(canvas, first, id, { clientX: event.clientX, clientY: event.clientY });
}

/** @param {any} canvas @param {PointerEvent} event */
function move(canvas, event) {
  if (held && !held.pulled && isPulled(held, event)) {
    held.pulled = true;
    unpick(canvas);
    light(canvas, held.end);
  }
  if (picked && event.pointerType === "mouse") followed(canvas, picked, event);
}

/** The wire that is being made goes along with the mouse. @param {any} canvas @param {End} end @param {PointerEvent} event */
function followed(canvas, end, { clientX, clientY }) {
  const element = portElement(canvas, end);
  if (!element) return;
  const [here, there] = [middle(element), { x: clientX, y: clientY }];
  const type = portOf(canvas.doc.graph, end)?.type;
  preview(canvas, ["from" in end ? { start: here, end: there, type } : { start: there, end: here, type }]);
}

/** Whether the hand has gone far enough. @param {{x: number, y: number}} start @param {PointerEvent} event */
export function isPulled({ x, y }, { clientX, clientY, pointerType }) {
  return Math.hypot(clientX - x, clientY - y) >= (pointerType === "touch" ? STILL_FINGER : STILL);
}

/** @param {any} canvas @param {PointerEvent} event */
function up(canvas, event) {
  if (!held) return;
  const { end, pulled } = held;
  if (pulled) {
    // When the canvas has told where the wire was dropped; it does not where the pull was given up.
    setTimeout(() => held?.end === end && letGo(canvas));
    return;
  }
  held = null;
  const spot = { clientX: event.clientX, clientY: event.clientY };
  const wire = event.pointerType === "touch" && !picked && !isNear(canvas, end, spot) ? canvas.wires?.at(spot) : null;
  if (wire) canvas.wires.choose(wire);
  else press(canvas, end, spot);
}

/** A finger's press is taken by a port from afar; between two ports it means the wire. @param {any} canvas @param {End} end @param {Spot} spot */
function isNear(canvas, end, { clientX, clientY }) {
  const { x, y } = middle(portElement(canvas, end));
  return Math.hypot(clientX - x, clientY - y) <= NEAR;
}

/** @param {any} canvas */
function letGo(canvas) {
  held = null;
  if (!picked) dim(canvas);
}

/**
 * A pulled wire was let go.
 * @param {any} canvas
 * @param {any} detail
 */
function dropped(canvas, detail) {
  const wasPulled = held?.pulled;
  const end = held?.end;
  held = null;
  if (!wasPulled) return;
  dim(canvas);
  drop(canvas, end, { clientX: detail.clientX, clientY: detail.clientY });
}

/** @param {any} canvas @param {End} end @param {Spot} spot */
export function drop(canvas, end, spot) {
  const under = document.elementFromPoint(spot.clientX, spot.clientY);
  if (!canvas.root.contains(under)) return;
  const other = endOf(under);
  const id = stepAt(under);
  if (other && isSameEnd(end, other)) return;
  if (other && !isOneSided(end, other)) connect(canvas, edgeBetween(end, other), spot);
  else if (other) say(canvas, oneSided(end), spot);
  else if (id) toStep(canvas, end, id, spot);
  else toEmpty(canvas, end, spot);
}

/** A wire let go in the empty stays to be seen while what fits there is searched. @param {any} canvas @param {End} end @param {Spot} spot */
function toEmpty(canvas, end, spot) {
  followed(canvas, end, /** @type {any} */ (spot));
  setTimeout(() => searchForEnd(canvas, end, spot, () => clearPreview(canvas)), SETTLE_MILLISECONDS);
}

/** To whichever port of a step fits best. @param {any} canvas @param {End} end @param {string} id @param {Spot} spot */
function toStep(canvas, end, id, spot) {
  if (id === ("from" in end ? end.from : end.to)) return;
  const edge = bestEdge(canvas.doc.graph, end, id);
  if (edge) connect(canvas, edge, spot);
  else say(canvas, `'${nameOf(canvas.doc.graph, id)}' brings rows in, so it takes no wire.`, spot);
}

/**
 * The wire from a port to the port of a step that fits best: a free one, else one that is taken, else any, for the reason.
 * @param {import("./rules.js").Graph} graph
 * @param {End} end
 * @param {string} id
 */
export function bestEdge(graph, end, id) {
  const kind = kindOf(graph, id);
  const ports = ("from" in end ? kind?.inputs : kind?.outputs) ?? [];
  const edges = ports.map((port) => edgeBetween(end, "from" in end ? { to: id, to_port: port.name } : { from: id, from_port: port.name }));
  const rank = (edge) => {
    const plan = wired(graph, edge);
    return plan.ops ? (plan.instead ? 1 : 0) : 2;
  };
  return edges.sort((one, other) => rank(one) - rank(other))[0] ?? null;
}

// Ends

/** @param {End} one @param {End} other @returns {Edge} */
export function edgeBetween(one, other) {
  return /** @type {Edge} */ ({ ...one, ...other });
}

/** @param {End} one @param {End} other */
export function isOneSided(one, other) {
  return "from" in one === "from" in other;
}

/** @param {End} one @param {End} other */
function isSameEnd(one, other) {
  return isOneSided(one, other) && Object.keys(one).every((name) => one[name] === other[name]);
}

/** @param {End} end */
export function oneSided(end) {
  return "from" in end
    ? "Two outputs cannot be connected. Pull to the left side of a step."
    : "Two inputs cannot be connected. Pull to the right side of a step.";
}

/** The port that an element belongs to, as an end of a wire. @param {EventTarget | null} target @returns {End | null} */
export function endOf(target) {
  const port = target instanceof Element ? target.closest(".canvas-step [data-port]") : null;
  const step = port?.closest(".canvas-step")?.getAttribute("data-step");
  if (!port || !step) return null;
  const name = port.getAttribute("data-port");
  return port.classList.contains("output") ? { from: step, from_port: name } : { to: step, to_port: name };
}

/** @param {EventTarget | null} target */
export function stepAt(target) {
  return target instanceof Element ? target.closest(".canvas-step")?.getAttribute("data-step") ?? "" : "";
}

/** @param {any} canvas @param {End} end @returns {Element | null} */
export function portElement(canvas, end) {
  return "from" in end ? canvas.portElement(end.from, "out", end.from_port) : canvas.portElement(end.to, "in", end.to_port);
}

/** @param {any} canvas @param {End} end @returns {Spot} */
function spotOf(canvas, end) {
  const element = portElement(canvas, end) ?? canvas.root;
  const { x, y } = middle(element);
  return { clientX: x, clientY: y };
}
