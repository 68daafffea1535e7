// A kind of step pulled out of the column of steps: a card goes along under the pointer, and shows the wire it would be
// put into. By touch a long press takes hold of it; a shorter one scrolls or presses as ever.
import { foldSheet } from "../editor/layout.js";
import { kind as kindNamed } from "./catalogue.js";
import { cardAt, performAdding } from "./doing.js";
import { freePlace } from "./placing.js";
import { alone, inserted } from "./plans.js";
import { say } from "./saying.js";
import { Target } from "./wire_target.js";

const COLUMN = "#steps-column";
const KIND = `${COLUMN} [data-kind]`;
const FAR = 6;
const LONG_PRESS_MILLISECONDS = 350;

/** @typedef {{kind: string, x: number, y: number, pointer: number, source: HTMLElement, isTouch: boolean}} Hold */

/**
 * @param {any} canvas
 * @param {{pressed: (kind: string) => void}} does pressed: what a press without a pull does
 */
export function dragKinds(canvas, { pressed }) {
  const drag = new KindDrag(canvas);
  document.addEventListener("pointerdown", (event) => drag.down(event));
  document.addEventListener("pointermove", (event) => drag.move(event));
  document.addEventListener("pointerup", (event) => drag.up(event));
  document.addEventListener("pointercancel", () => drag.end());
  document.addEventListener("keydown", (event) => drag.key(event), true);
  // Once a card is held, the finger moves it and not the column.
  document.addEventListener("touchmove", (event) => drag.ghost && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => drag.hold?.isTouch && event.preventDefault());
  document.addEventListener("click", (event) => {
    const source = /** @type {Element} */ (event.target).closest?.(KIND);
    // While the outline is shown, the form of the button does it.
    if (!source || !canvas.root.offsetParent) return;
    event.preventDefault();
    event.stopPropagation();
    if (drag.justDropped) drag.justDropped = false;
    // The second half of a double click is not a second wish.
    else if (event.detail < 2) pressed(source.getAttribute("data-kind"));
  }, true);
}

class KindDrag {
  /** @param {any} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {Hold | null} */
    this.hold = null;
    /** @type {HTMLElement | null} */
    this.ghost = null;
    this.target = new Target(canvas);
    this.timer = 0;
    this.justDropped = false;
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.justDropped = false;
    const source = /** @type {HTMLElement} */ (/** @type {Element} */ (event.target).closest?.(KIND));
    if (!source || event.button !== 0 || this.hold || !this.canvas.root.offsetParent) return;
    const isTouch = event.pointerType === "touch";
    this.hold = { kind: source.dataset.kind, x: event.clientX, y: event.clientY, pointer: event.pointerId, source, isTouch };
    if (!isTouch) event.preventDefault();
    else this.timer = window.setTimeout(() => this.take(event), LONG_PRESS_MILLISECONDS);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (this.hold?.pointer !== event.pointerId) return;
    const isFar = Math.hypot(event.clientX - this.hold.x, event.clientY - this.hold.y) > FAR;
    if (!this.ghost && isFar && this.hold.isTouch) this.end();
    else if (!this.ghost && isFar) this.take(event);
    if (this.ghost) this.show(event);
  }

  /** The card comes into the hand. @param {PointerEvent} event */
  take(event) {
    window.clearTimeout(this.timer);
    this.ghost = ghostOf(kindNamed(this.hold.kind));
    document.body.append(this.ghost);
    document.body.classList.add("is-pulling-step");
    // On a narrow window the column lies over the canvas.
    foldSheet();
    this.target.begin();
    this.show(event);
    this.canvas.announce(`${kindNamed(this.hold.kind).label} is held. Let it go on the canvas or on a wire.`);
  }

  /** @param {PointerEvent} event */
  show({ clientX, clientY }) {
    this.ghost.style.left = `${clientX}px`;
    this.ghost.style.top = `${clientY}px`;
    const isOver = this.isOver({ clientX, clientY });
    this.ghost.classList.toggle("is-over", isOver);
    this.ghost.style.transform = `translate(-50%, -40px) scale(${isOver ? this.canvas.view.zoom : 1})`;
    if (isOver) this.target.look({ clientX, clientY }, { kind: this.hold.kind }, this.ghost);
    else this.target.leave();
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (this.hold?.pointer !== event.pointerId) return;
    const { kind } = this.hold;
    const wasHeld = Boolean(this.ghost);
    const edge = this.target.edge;
    this.end();
    this.justDropped = wasHeld;
    if (wasHeld && this.isOver(event)) this.drop(kind, edge, event);
  }

  /** @param {string} kind @param {any} edge the wire under it @param {PointerEvent} event */
  drop(kind, edge, { clientX, clientY }) {
    const { graph } = this.canvas.doc;
    const spot = { clientX, clientY };
    const place = cardAt(this.canvas, spot);
    const within = edge ? inserted(graph, edge, { kind }, place) : null;
    if (within?.ops) {
      performAdding(this.canvas, kind, within, spot);
      return;
    }
    performAdding(this.canvas, kind, alone(graph, kind, freePlace(graph, place)), spot);
    if (within?.refusal) say(this.canvas, within.refusal, spot);
  }

  /** @param {import("./saying.js").Spot} spot */
  isOver({ clientX, clientY }) {
    return this.canvas.root.contains(document.elementFromPoint(clientX, clientY));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || !this.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
    this.justDropped = true;
  }

  end() {
    window.clearTimeout(this.timer);
    this.hold = null;
    this.ghost?.remove();
    this.ghost = null;
    this.target.end();
    document.body.classList.remove("is-pulling-step");
  }
}

/** @param {any} kind */
function ghostOf(kind) {
  const ghost = document.createElement("div");
  ghost.className = `step-in-hand is-${kind.outputs[0]?.type ?? "report"}`;
  ghost.setAttribute("aria-hidden", "true");
  for (const [name, words] of [["canvas-category", kind.category_label], ["canvas-label", kind.label]]) {
    const line = document.createElement("div");
    line.className = name;
    line.textContent = words;
    ghost.append(line);
  }
  return ghost;
}
