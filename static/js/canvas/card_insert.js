// A step that lies there without a wire is put into one by moving its card onto it; the move and the new wires are one
// batch.
import { perform } from "./doing.js";
import { inserted, isLoose } from "./plans.js";
import { kindOf, nameOf } from "./rules.js";
import { CARD_MIDDLE } from "./placing.js";
import { Target } from "./wire_target.js";

/** @param {any} canvas */
export function start(canvas) {
  if (canvas.readOnly) return;
  const target = new Target(canvas);
  /** The loose step whose card is held. */
  let held = "";
  let moves = false;
  canvas.root.addEventListener("pointerdown", (event) => {
    held = event.button === 0 ? looseStep(canvas, event.target) : "";
    moves = false;
  }, true);
  window.addEventListener("pointermove", () => {
    const card = held ? canvas.stepElement(held) : null;
    if (!card) return;
    if (!moves) target.begin();
    moves = true;
    const box = card.getBoundingClientRect();
    const spot = { clientX: box.left + box.width / 2, clientY: box.top + CARD_MIDDLE * canvas.view.zoom };
    target.look(spot, { id: held }, card);
  });
  canvas.root.addEventListener("steps-moved", (event) => {
    const { edge } = target;
    const id = held;
    held = "";
    target.end();
    const [move, ...others] = event.detail.moves;
    if (!edge || others.length || move?.id !== id) return;
    const plan = inserted(canvas.doc.graph, edge, { id }, { x: move.x, y: move.y });
    if (!plan.ops) return;
    // Whoever stores moves has nothing left to do.
    event.stopImmediatePropagation();
    const name = nameOf(canvas.doc.graph, id);
    perform(canvas, plan, { label: `Put ${name} into a wire`, said: `'${name}' was put into the wire.` });
  }, true);
  for (const end of ["pointerup", "pointercancel"]) {
    // After the canvas has told of the move.
    window.addEventListener(end, () => setTimeout(() => {
      held = "";
      target.end();
    }));
  }
}

/** @param {any} canvas @param {EventTarget | null} target */
function looseStep(canvas, target) {
  const card = target instanceof Element && !target.closest("[data-port], button, a") ? target.closest(".canvas-step") : null;
  const id = card?.getAttribute("data-step") ?? "";
  const { graph } = canvas.doc;
  const together = canvas.selected?.has(id) && canvas.selected.size > 1;
  return id && !together && kindOf(graph, id) && isLoose(graph, id) ? id : "";
}
