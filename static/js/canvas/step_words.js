// What a screen reader says of a card: its number, its name, what kind of step it is, what it reads, how the last run went.
import { kindOf, nameOf, wiresInto } from "./rules.js";
import { order } from "./walking.js";

/** @param {any} canvas */
export function start(canvas) {
  let planned = false;
  const plan = () => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      describe(canvas);
    });
  };
  canvas.root.addEventListener("canvas-drawn", plan);
  document.addEventListener("run-told", plan);
  // A card that is told something words itself anew.
  new MutationObserver(plan).observe(canvas.root, { subtree: true, attributes: true, attributeFilter: ["aria-label"] });
  plan();
}

/** @param {any} canvas */
function describe(canvas) {
  order().forEach((id, at) => {
    const card = canvas.stepElement(id);
    const words = card ? wordsOf(canvas, id, at + 1, card) : "";
    if (card && card.getAttribute("aria-label") !== words) card.setAttribute("aria-label", words);
  });
}

/** "Step 3, One-hot, prepare, reads from Fill missing, finished, 2,201 rows". @param {any} canvas @param {string} id @param {number} number @param {Element} card */
function wordsOf(canvas, id, number, card) {
  const { graph } = canvas.doc;
  const sources = [...new Set(wiresInto(graph, id).map((edge) => nameOf(graph, edge.from)))];
  const kind = kindOf(graph, id);
  const part = (name) => card.querySelector(`.canvas-${name}`);
  const parts = [
    `Step ${number}`,
    nameOf(graph, id),
    (kind?.category_label ?? "unknown kind").toLowerCase(),
    sources.length ? `reads from ${sources.join(", ")}` : kind?.inputs.length ? "reads from nothing yet" : "",
    canvas.doc.told[id] ?? "",
    part("state")?.title || part("state")?.textContent,
    part("size")?.title || part("size")?.textContent,
    part("advice")?.getAttribute("aria-label"),
  ];
  return parts.filter(Boolean).join(", ");
}
