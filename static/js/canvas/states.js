// What the last run does with each step, on the cards: the same answer as the outline shows.
import { lastTold } from "../editor/watching.js";

/** What a card shows of a run, when there is nothing to show. */
const NOTHING = { state: null, words: null, seconds: null, progress: null, rows: null, columns: null };

/** @param {import("./canvas.js").Canvas} canvas */
export function start(canvas) {
  /** Steps on whose cards something of a run stands. @type {Set<string>} */
  const told = new Set();

  function tell() {
    const steps = lastTold()?.steps ?? {};
    for (const { id } of canvas.doc.graph.nodes) {
      const step = steps[id];
      if (step) {
        const { state, seconds, rows, columns } = step;
        // Which run it was kept from stands in the results; a card has no room for it.
        const words = step.kept_from ? "Kept" : step.words;
        canvas.tell(id, { state, words, seconds, rows, columns, progress: null });
        told.add(id);
      } else if (told.delete(id)) canvas.tell(id, NOTHING);
    }
  }

  document.addEventListener("run-told", tell);
  canvas.root.addEventListener("canvas-drawn", tell);
  tell();
}
