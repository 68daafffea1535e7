// A plan is done as one batch, so that one undo takes it back; or its refusal is said where the person looks.
import { kind as kindNamed } from "./catalogue.js";
import { middle } from "./geometry.js";
import { CARD_MIDDLE, CARD_WIDTH, onGrid } from "./placing.js";
import { say } from "./saying.js";
import { toast } from "../toasts.js";

const ONLY_LOOKS = "You can look at this workflow, but not change it.";

/**
 * @param {any} canvas
 * @param {import("./plans.js").Plan} plan
 * @param {{label: string, said?: string, spot?: import("./saying.js").Spot, choose?: boolean}} how
 *   label: of the undo. said: what is spoken when it is done. spot: where a refusal is said. choose: open the new step
 * @returns {boolean} whether it was done
 */
export function perform(canvas, plan, { label, said = "", spot, choose = false }) {
  if (canvas.readOnly) return false;
  const reason = plan.ops ? refusalOf(canvas, plan, label) : plan.refusal;
  const where = spot ?? spotOf(canvas);
  if (reason) {
    say(canvas, reason, where);
    return false;
  }
  if (plan.said) say(canvas, [said, plan.said].filter(Boolean).join(" "), where);
  else if (said) canvas.announce(said);
  if (choose && plan.id) canvas.choose(plan.id);
  return true;
}

/**
 * A plan that adds a step; the new one is chosen.
 * @param {any} canvas
 * @param {string} kind
 * @param {import("./plans.js").Plan} plan
 * @param {import("./saying.js").Spot} [spot]
 */
export function performAdding(canvas, kind, plan, spot) {
  const { label } = kindNamed(kind);
  return perform(canvas, plan, { label: `Add ${label}`, said: `${label} was added.`, spot, choose: true });
}

/** To who may not change the workflow and tries by a key. @param {any} canvas */
export function tellViewer(canvas) {
  toast(ONLY_LOOKS, "warning");
  canvas.announce(ONLY_LOOKS);
}

/** Where a card lies that is held by its middle at a place of the window. @param {any} canvas @param {import("./saying.js").Spot} spot */
export function cardAt(canvas, { clientX, clientY }) {
  const { x, y } = canvas.toCanvas(clientX, clientY);
  return onGrid({ x: x - CARD_WIDTH / 2, y: y - CARD_MIDDLE });
}

/** @param {any} canvas @param {import("./plans.js").Plan} plan @param {string} label */
function refusalOf(canvas, plan, label) {
  return plan.ops.length ? canvas.doc.do(plan.ops, { label }) : "";
}

/** The middle of the canvas. @param {any} canvas */
function spotOf(canvas) {
  const { x, y } = middle(canvas.root);
  return { clientX: x, clientY: y };
}
