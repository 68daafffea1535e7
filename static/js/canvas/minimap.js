// The whole workflow, small: where one looks, and by a press or a drag, where else. It is drawn on a bitmap, once a frame
// at most, and moving the view only moves the frame over it.

const WIDTH = 168;
const HEIGHT = 108;
const MARGIN = 120;
const TYPES = ["dataset", "model", "report"];

/**
 * @typedef {import("./canvas.js").Canvas} Canvas
 * @typedef {import("./view.js").Box} Box
 */

/** @param {Canvas} canvas */
export function startMinimap(canvas) {
  const map = new Minimap(canvas);
  for (const name of ["canvas-drawn", "steps-moving", "canvas-viewed"]) canvas.root.addEventListener(name, () => map.want(name !== "canvas-viewed"));
  new ResizeObserver(() => map.want(true)).observe(canvas.root);
  new MutationObserver(() => map.want(true)).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

class Minimap {
  /** @param {Canvas} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.element = document.createElement("div");
    this.element.className = "canvas-minimap";
    this.element.dataset.canvasTool = "";
    // For the hand only: keys have the cards themselves, and words the outline.
    this.element.setAttribute("aria-hidden", "true");
    this.sheet = document.createElement("canvas");
    const sharp = Math.min(2, window.devicePixelRatio || 1);
    Object.assign(this.sheet, { width: WIDTH * sharp, height: HEIGHT * sharp });
    this.pen = this.sheet.getContext("2d");
    this.sharp = sharp;
    this.frame = document.createElement("div");
    this.frame.className = "canvas-minimap-frame";
    this.element.append(this.sheet, this.frame);
    canvas.root.append(this.element);
    /** The part of the canvas that the map shows. @type {Box} */
    this.box = { x: 0, y: 0, width: 1, height: 1 };
    this.wanted = 0;
    this.isOld = true;
    this.element.addEventListener("pointerdown", (event) => this.grab(event));
    this.element.addEventListener("pointermove", (event) => this.element.hasPointerCapture(event.pointerId) && this.go(event));
  }

  /** @param {boolean} again whether cards are elsewhere */
  want(again) {
    this.isOld ||= again;
    this.wanted ||= requestAnimationFrame(() => {
      this.wanted = 0;
      this.draw();
    });
  }

  draw() {
    const around = this.canvas.boxAround();
    this.element.hidden = this.canvas.drawn.size < 2;
    if (!around || this.element.hidden || !this.element.offsetWidth) return;
    if (this.isOld) this.drawCards(around);
    const seen = this.canvas.sight.seen();
    const scale = this.scale();
    const { x, y } = this.offset();
    const { style } = this.frame;
    style.transform = `translate(${seen.x * scale + x}px, ${seen.y * scale + y}px)`;
    style.width = `${seen.width * scale}px`;
    style.height = `${seen.height * scale}px`;
  }

  /** @param {Box} around */
  drawCards(around) {
    this.isOld = false;
    this.box = { x: around.x - MARGIN, y: around.y - MARGIN, width: around.width + 2 * MARGIN, height: around.height + 2 * MARGIN };
    const { pen, sharp } = this;
    const scale = this.scale();
    const { x, y } = this.offset();
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    pen.setTransform(sharp * scale, 0, 0, sharp * scale, sharp * x, sharp * y);
    const colours = getComputedStyle(this.canvas.root);
    const { frames = [], notes = [] } = this.canvas.doc.graph;
    pen.fillStyle = colours.getPropertyValue("--fz-line");
    for (const { x: left = 0, y: top = 0, width = 0, height = 0 } of [...frames, ...notes]) pen.fillRect(left, top, width, height);
    for (const type of TYPES) {
      pen.fillStyle = colours.getPropertyValue(`--fz-${type}`);
      for (const [id, { card }] of this.canvas.drawn) {
        if (card.element.dataset.output !== type) continue;
        const box = this.canvas.boxOf(id);
        pen.fillRect(box.x, box.y, box.width, box.height);
      }
    }
  }

  scale() {
    return Math.min(WIDTH / this.box.width, HEIGHT / this.box.height);
  }

  /** Where the canvas's own origin is on the map. */
  offset() {
    const { x, y, width, height } = this.box;
    const scale = this.scale();
    return { x: (WIDTH - width * scale) / 2 - x * scale, y: (HEIGHT - height * scale) / 2 - y * scale };
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.go(event);
  }

  /** What is under the pointer comes to the middle. @param {PointerEvent} event */
  go({ clientX, clientY }) {
    const at = this.sheet.getBoundingClientRect();
    const { x, y } = this.offset();
    const scale = this.scale();
    const { zoom } = this.canvas.view;
    const { clientWidth, clientHeight } = this.canvas.root;
    const [toX, toY] = [(clientX - at.left - x) / scale, (clientY - at.top - y) / scale];
    this.canvas.setView({ x: clientWidth / 2 - toX * zoom, y: clientHeight / 2 - toY * zoom });
  }
}
