// What the hand does on the canvas, with mouse, pen or finger: it moves a card, pulls wires, pushes the ground; two
// fingers move and zoom. It tells what was done; what that means is decided elsewhere.
import { looseWire, wirePath } from "./wires.js";

/** Less than this, in pixels of the window, is a press. */
const STILL = 4;
const STILL_FINGER = 8;
const LEFT = 0;
const MIDDLE = 1;

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {{id: string, side: "in" | "out", port: string}} PortAt
 * @typedef {{kind: "card" | "wire" | "ground", pointer: number, start: Point, moved: boolean,
 *   id?: string, port?: PortAt, wire?: SVGElement, view?: Point}} Hold
 */

export class Grasp {
  /** @param {import("./flow.js").Flow} flow */
  constructor(flow) {
    this.flow = flow;
    /** @type {Hold | null} */
    this.hold = null;
    /** Where the fingers are. @type {Map<number, Point>} */
    this.fingers = new Map();
    this.space = false;
    this.readOnly = false;
    /** @type {import("./view.js").View | null} */
    this.view = null;
    /** @type {(name: string, detail: any) => void} */
    this.tell = () => {};
  }

  start() {
    const { flow } = this;
    const root = flow.container;
    root.addEventListener("pointerdown", (event) => flow.click(event));
    // On the window: what is let go outside the canvas is let go.
    window.addEventListener("pointermove", (event) => flow.position(event));
    window.addEventListener("pointerup", (event) => flow.dragEnd(event));
    window.addEventListener("pointercancel", (event) => flow.dragEnd(event));
    window.addEventListener("blur", () => {
      this.cancel();
      this.setSpace(false);
    });
    window.addEventListener("keydown", (event) => this.key(event), true);
    window.addEventListener("keyup", (event) => event.key === " " && this.setSpace(false));
    root.addEventListener("contextmenu", (event) => this.menu(event));
    // The middle button would scroll by itself.
    root.addEventListener("mousedown", (event) => event.button === MIDDLE && event.preventDefault());
    root.addEventListener("dragstart", (event) => event.preventDefault());
  }

  // Down

  /** @param {PointerEvent} event */
  down(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.defaultPrevented || target.closest("[data-canvas-tool], button, a, input, textarea, select, dialog")) return;
    if (event.pointerType === "touch" && this.addFinger(event)) return;
    if (this.hold || (event.button !== LEFT && event.button !== MIDDLE)) return;
    const pushes = event.button === MIDDLE || this.space;
    const port = pushes || this.readOnly ? null : portAt(target);
    const card = pushes ? null : /** @type {HTMLElement | null} */ (target.closest(".canvas-step"));
    const hold = { pointer: event.pointerId, start: { x: event.clientX, y: event.clientY }, moved: false };
    if (port) this.hold = { ...hold, kind: "wire", port };
    else if (card) this.hold = { ...hold, kind: "card", id: card.dataset.step };
    // With Shift the ground is not pushed: that is for choosing several.
    else if (pushes || !(event.shiftKey || target.closest("[data-mark]"))) this.hold = { ...hold, kind: "ground" };
  }

  // Move

  /** @param {PointerEvent} event */
  move(event) {
    if (this.fingers.has(event.pointerId)) {
      const before = this.spread();
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (this.fingers.size > 1) {
        this.pinch(before);
        return;
      }
    }
    const { hold } = this;
    if (!hold || hold.pointer !== event.pointerId) return;
    const by = { x: event.clientX - hold.start.x, y: event.clientY - hold.start.y };
    if (!hold.moved) {
      if (Math.hypot(by.x, by.y) < (event.pointerType === "touch" ? STILL_FINGER : STILL)) return;
      this.begin(hold, event);
    }
    if (hold.kind === "wire") this.pull(hold, event);
    else if (hold.kind === "ground") this.view.set({ x: hold.view.x + by.x, y: hold.view.y + by.y });
  }

  /** @param {Hold} hold @param {PointerEvent} event */
  begin(hold, event) {
    const { flow } = this;
    hold.moved = true;
    if (hold.kind === "card" && this.readOnly) hold.kind = "ground";
    // Cards are moved by moving.js, several at once.
    if (hold.kind === "card") return;
    capture(flow.container, event.pointerId);
    flow.container.dataset.hand = hold.kind;
    if (hold.kind === "ground") hold.view = { ...this.view.present };
    else this.beginWire(hold);
  }

  /** @param {Hold} hold */
  beginWire(hold) {
    hold.wire = looseWire(this.portOf(hold.port).port.type);
    this.flow.precanvas.append(hold.wire);
  }

  /** @param {PortAt} at */
  portOf({ id, side, port: name }) {
    const step = this.flow.steps.get(id);
    const ports = (side === "in" ? step?.inputs : step?.outputs) ?? [];
    const at = ports.findIndex((port) => port.name === name);
    return { step, at, port: ports[at] };
  }

  /** @param {Hold} hold @param {PointerEvent} event */
  pull(hold, event) {
    const { step, at } = this.portOf(hold.port);
    if (at < 0) {
      this.cancel();
      return;
    }
    const here = this.flow.portPoint(step, hold.port.side, at);
    const there = this.view.toCanvas(event.clientX, event.clientY);
    hold.wire.firstElementChild.setAttribute("d", hold.port.side === "out" ? wirePath(here, there) : wirePath(there, here));
  }

  // Up

  /** @param {PointerEvent} event */
  up(event) {
    this.fingers.delete(event.pointerId);
    const { hold } = this;
    if (!hold || hold.pointer !== event.pointerId) return;
    if (event.type === "pointercancel") {
      this.cancel();
      return;
    }
    this.letGo();
    if (hold.kind === "wire" && hold.moved) this.dropped(hold, event);
    else if (hold.kind === "card" && !hold.moved) this.tell("card-pressed", { id: hold.id, event });
    else if (hold.kind === "ground" && !hold.moved && event.button === LEFT) this.tell("ground-pressed", { event });
  }

  /** @param {Hold} hold @param {PointerEvent} event */
  dropped({ port }, { clientX, clientY }) {
    const under = portAt(document.elementFromPoint(clientX, clientY));
    const other = under && under.side !== port.side ? under : null;
    const out = (/** @type {PortAt} */ { id, port: name }) => ({ from: id, from_port: name });
    const into = (/** @type {PortAt} */ { id, port: name }) => ({ to: id, to_port: name });
    const backwards = port.side === "in";
    const detail = backwards ? { ...into(port), target: other && out(other) } : { ...out(port), target: other && into(other) };
    this.tell("wire-dropped", { ...detail, clientX, clientY, backwards });
  }

  /** Everything is as it was before the hand came. */
  cancel() {
    this.fingers.clear();
    this.letGo();
  }

  letGo() {
    const { hold, flow } = this;
    this.hold = null;
    delete flow.container.dataset.hand;
    hold?.wire?.remove();
  }

  // Fingers

  /** @param {PointerEvent} event @returns {boolean} whether it is not the first */
  addFinger({ pointerId, clientX, clientY }) {
    this.fingers.set(pointerId, { x: clientX, y: clientY });
    if (this.fingers.size < 2) return false;
    this.letGo();
    return true;
  }

  /** Between the first two fingers: the middle, and how far they are apart. */
  spread() {
    const [one, other = one] = [...this.fingers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, far: Math.hypot(one.x - other.x, one.y - other.y) };
  }

  /** @param {{x: number, y: number, far: number}} before */
  pinch(before) {
    const now = this.spread();
    const { x, y } = this.view.present;
    this.view.set({ x: x + now.x - before.x, y: y + now.y - before.y });
    if (before.far > 0 && now.far > 0) this.view.zoomAt(now.far / before.far, now.x, now.y);
  }

  // Keys and the menu

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && this.hold) {
      event.preventDefault();
      event.stopPropagation();
      this.cancel();
    }
    const { container } = this.flow;
    if (event.key !== " " || !container.offsetParent || ![document.body, container].includes(/** @type {any} */ (event.target))) return;
    event.preventDefault();
    this.setSpace(true);
  }

  /** With the space bar down every press pushes the ground. @param {boolean} on */
  setSpace(on) {
    this.space = on;
    this.flow.container.toggleAttribute("data-space", on);
  }

  /** @param {MouseEvent} event */
  menu(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("[data-canvas-tool], input, textarea, dialog")) return;
    event.preventDefault();
    this.cancel();
    const card = /** @type {HTMLElement | null} */ (target.closest(".canvas-step"));
    this.tell("canvas-menu", { id: card?.dataset.step ?? null, clientX: event.clientX, clientY: event.clientY, target });
  }
}

/** @param {Element | null} target @returns {PortAt | null} */
function portAt(target) {
  const port = /** @type {HTMLElement | null} */ (target?.closest(".canvas-step [data-port]"));
  if (!port) return null;
  const id = /** @type {HTMLElement} */ (port.closest(".canvas-step")).dataset.step;
  return { id, side: port.classList.contains("input") ? "in" : "out", port: port.dataset.port };
}

/** What is pulled over other parts of the page stays with the canvas. @param {HTMLElement} root @param {number} pointer */
function capture(root, pointer) {
  try {
    root.setPointerCapture(pointer);
  } catch {
    // The pointer has gone already; its end is told to the window.
  }
}
