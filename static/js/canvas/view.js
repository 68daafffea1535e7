// What part of the canvas is seen: moved, zoomed around a place, fitted.
const LEAST = 0.1;
const MOST = 2;
/** Below this the small words of a card cannot be read; its name is drawn larger instead. */
const FAR = 0.5;
const GRID = 20;
const MARGIN = 48;
const LINE = 16;
/** One notch of a wheel must not be more than this. */
const NOTCH = 24;

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {{x: number, y: number, zoom: number}} Place
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 */

export class View {
  /** @param {HTMLElement} root @param {HTMLElement} ground @param {() => void} changed */
  constructor(root, ground, changed) {
    this.root = root;
    this.ground = ground;
    this.changed = changed;
    /** @type {Place} */
    this.present = { x: 0, y: 0, zoom: 1 };
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** @param {Partial<Place>} wanted */
  set(wanted) {
    const { x, y, zoom } = { ...this.present, ...wanted };
    const size = Math.min(MOST, Math.max(LEAST, zoom));
    this.present = { x, y, zoom: size };
    this.draw();
    this.changed();
  }

  draw() {
    const { x, y, zoom } = this.present;
    const { root, ground } = this;
    // The origin is the corner (see the style sheet), so that a place p is seen at p × zoom + (x, y).
    // Whole pixels keep letters sharp.
    ground.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) scale(${zoom})`;
    const step = GRID * zoom * (zoom < FAR ? 4 : 1);
    root.style.backgroundPosition = `${x}px ${y}px`;
    root.style.backgroundSize = `${step}px ${step}px`;
    root.classList.toggle("is-far", zoom < FAR);
  }

  /** The place under the pointer stays where it is. @param {number} factor @param {number} clientX @param {number} clientY */
  zoomAt(factor, clientX, clientY) {
    const box = this.root.getBoundingClientRect();
    const { x, y, zoom } = this.present;
    const size = Math.min(MOST, Math.max(LEAST, zoom * factor));
    const [atX, atY] = [clientX - box.left, clientY - box.top];
    this.set({ x: atX - ((atX - x) * size) / zoom, y: atY - ((atY - y) * size) / zoom, zoom: size });
  }

  /** Around the middle. @param {number} factor */
  zoomBy(factor) {
    const box = this.root.getBoundingClientRect();
    this.zoomAt(factor, box.left + box.width / 2, box.top + box.height / 2);
  }

  /** @param {number} clientX @param {number} clientY @returns {Point} */
  toCanvas(clientX, clientY) {
    const box = this.root.getBoundingClientRect();
    const { x, y, zoom } = this.present;
    return { x: (clientX - box.left - x) / zoom, y: (clientY - box.top - y) / zoom };
  }

  /** @returns {Box} what is seen */
  seen() {
    const { x, y, zoom } = this.present;
    return { x: -x / zoom, y: -y / zoom, width: this.root.clientWidth / zoom, height: this.root.clientHeight / zoom };
  }

  /**
   * All of a box is seen, at its own size when there is room.
   * @param {Box} box
   * @param {{readable?: number}} [sizes] what would be smaller than readable shows its beginning in full size
   */
  fit(box, { readable = 0 } = {}) {
    const [width, height] = [this.root.clientWidth, this.root.clientHeight];
    if (!width || !height) return;
    const room = { x: Math.max(width - 2 * MARGIN, width / 2), y: Math.max(height - 2 * MARGIN, height / 2) };
    const whole = Math.max(LEAST, Math.min(1, room.x / Math.max(1, box.width), room.y / Math.max(1, box.height)));
    const zoom = whole < readable ? 1 : whole;
    const place = (/** @type {number} */ all, /** @type {number} */ start, /** @type {number} */ size) =>
      (size * zoom > all - MARGIN ? MARGIN : (all - size * zoom) / 2) - start * zoom;
    this.set({ x: place(width, box.x, box.width), y: place(height, box.y, box.height), zoom });
  }

  /** A box that is not wholly seen comes into sight, by the shortest way. @param {Box} box */
  reveal(box) {
    const { x, y, zoom } = this.present;
    const [width, height] = [this.root.clientWidth, this.root.clientHeight];
    if (!width || !height) return;
    const way = (/** @type {number} */ start, /** @type {number} */ size, /** @type {number} */ room) => {
      if (size + 2 * MARGIN > room) return room / 2 - (start + size / 2);
      return Math.max(0, MARGIN - start) + Math.min(0, room - MARGIN - start - size);
    };
    const by = { x: way(box.x * zoom + x, box.width * zoom, width), y: way(box.y * zoom + y, box.height * zoom, height) };
    if (by.x || by.y) this.set({ x: x + by.x, y: y + by.y });
  }

  /** With Ctrl (which is what a pinch on a touchpad sends) the wheel zooms, else it moves. @param {WheelEvent} event */
  wheel(event) {
    if (/** @type {Element} */ (event.target).closest("dialog, [data-scrolls], textarea:focus")) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? this.root.clientHeight : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      this.zoomAt(2 ** (-Math.min(NOTCH, Math.max(-NOTCH, dy)) / 100), event.clientX, event.clientY);
    } else {
      const sideways = event.shiftKey && !dx;
      const { x, y } = this.present;
      this.set({ x: x - (sideways ? dy : dx), y: y - (sideways ? 0 : dy) });
    }
  }
}

/** @param {Box[]} boxes @returns {Box | null} what holds them all */
export function boxAround(boxes) {
  if (!boxes.length) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}
