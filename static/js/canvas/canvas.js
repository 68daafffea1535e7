// The drawing of a workflow: cards, wires and the view, kept equal to the document.

/** @typedef {{x: number, y: number, zoom: number}} View */

export class Canvas {
  /** @param {HTMLElement} root @param {any} doc */
  constructor(root, doc) {
    this.root = root;
    this.doc = doc;
    this.readOnly = root.hasAttribute("data-read-only");
    /** @type {View} */
    this.view = { x: 0, y: 0, zoom: 1 };
  }

  draw() {}

  /** @param {string} id @returns {HTMLElement | null} */
  stepElement(id) { return this.root.querySelector(`[data-step="${CSS.escape(id)}"]`); }

  /** @param {string} id @param {"in" | "out"} side @param {string} port @returns {HTMLElement | null} */
  portElement(id, side, port) {
    return this.stepElement(id)?.querySelector(`.${side}put[data-port="${CSS.escape(port)}"]`) ?? null;
  }

  /** @returns {SVGPathElement[]} */
  wireElements() { return [...this.root.querySelectorAll(".connection .main-path")]; }

  edgeOf(path) { return null; }

  setView(view) { this.view = { ...view }; }

  zoomAt(factor, clientX, clientY) {}

  fit(ids) {}

  reveal(id) {}

  toCanvas(clientX, clientY) { return { x: clientX, y: clientY }; }

  /** Puts a card at a place without telling the document, for what is being dragged. */
  place(id, x, y) {}

  tell(id, facts) {}

  choose(id) {}

  announce(text) {}
}
