// The wire that a card over the canvas would be put into, shown before the card is let go: the wire fades, two dashed
// ones lead to the card and on.
import { kind as kindNamed } from "./catalogue.js";
import { courses, middle, nearest } from "./geometry.js";
import { CARD_MIDDLE } from "./placing.js";
import { fitsInto } from "./plans.js";
import { clearPreview, preview } from "./preview.js";
import { isSame, kindOf, portOf } from "./rules.js";

/** How near a card has to come to a wire, in pixels of the window. */
const REACH = 28;

export class Target {
  /** @param {any} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {import("./geometry.js").Course[]} */
    this.wires = [];
    /** The wire under the card, whether it fits there or not. @type {import("./rules.js").Edge | null} */
    this.edge = null;
  }

  begin() {
    this.wires = courses(this.canvas);
  }

  /**
   * @param {import("./saying.js").Spot} spot
   * @param {{kind: string} | {id: string}} step
   * @param {Element} card
   */
  look({ clientX, clientY }, step, card) {
    const { canvas } = this;
    const { graph } = canvas.doc;
    const edge = nearest(this.wires, canvas.toCanvas(clientX, clientY), REACH / canvas.view.zoom);
    const kind = "id" in step ? kindOf(graph, step.id) : kindNamed(step.kind);
    const fits = Boolean(edge) && fitsInto(graph, edge, kind);
    if (edge !== this.edge) this.mark(edge, fits);
    this.edge = edge;
    if (fits) this.lead(card);
    else clearPreview(canvas);
  }

  /** @param {Element} card */
  lead(card) {
    const { canvas, edge } = this;
    const box = card.getBoundingClientRect();
    const y = box.top + CARD_MIDDLE * canvas.view.zoom;
    const type = portOf(canvas.doc.graph, { from: edge.from, from_port: edge.from_port })?.type;
    const start = middle(canvas.portElement(edge.from, "out", edge.from_port));
    const end = middle(canvas.portElement(edge.to, "in", edge.to_port));
    preview(canvas, [
      { start, end: { x: box.left, y }, type },
      { start: { x: box.right, y }, end, type },
    ]);
  }

  /** @param {import("./rules.js").Edge | null} edge @param {boolean} fits */
  mark(edge, fits) {
    for (const path of this.canvas.wireElements()) {
      const own = edge && isSame(this.canvas.edgeOf(path), edge);
      const wire = path.closest(".connection") ?? path;
      wire.classList.toggle("gives-way", Boolean(own && fits));
      wire.classList.toggle("stays", Boolean(own && !fits));
    }
  }

  leave() {
    if (this.edge) this.mark(null, false);
    this.edge = null;
    clearPreview(this.canvas);
  }

  end() {
    this.leave();
    this.wires = [];
  }
}
