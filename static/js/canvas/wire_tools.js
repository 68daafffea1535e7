// A wire is chosen by a press near it. Then it has a bar, to put a step into it or delete it, and a handle at each end,
// to put that end somewhere else: pulled, or pressed and then the other port. Let go in the empty, the wire goes.
import { searchForWire } from "./adding.js";
import { bestEdge, edgeBetween, endOf, isOneSided, isPulled, offerOr, oneSided, portElement, stepAt } from "./connecting.js";
import { perform } from "./doing.js";
import { courseOf, courses, middle, nearest } from "./geometry.js";
import { dim, light } from "./lighting.js";
import { replugged, unwired } from "./plans.js";
import { clearPreview, preview } from "./preview.js";
import { isSame, isThere, nameOf, portOf, without } from "./rules.js";
import { say } from "./saying.js";
import { buttonOf, layTools, spotOf } from "./wire_bar.js";
import { keyOf } from "./wires.js";

/**
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {import("./saying.js").Spot} Spot
 */

/** How near a press has to be, in pixels of the window. */
const REACH = 14;

/** @param {any} canvas */
export function start(canvas) {
  if (canvas.readOnly) return;
  const tools = new WireTools(canvas);
  canvas.wires = tools;
  canvas.root.addEventListener("pointerdown", (event) => tools.down(event), true);
  canvas.root.addEventListener("pointerup", (event) => tools.up(event));
  canvas.root.addEventListener("canvas-drawn", () => tools.draw());
  for (const name of ["canvas-viewed", "steps-moving"]) canvas.root.addEventListener(name, () => tools.lay());
  canvas.root.addEventListener("canvas-chosen", (event) => event.detail.id && tools.choose(null));
  document.addEventListener("keydown", (event) => tools.key(event), true);
}

class WireTools {
  /** @param {any} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {Edge | null} */
    this.chosen = null;
    /** @type {HTMLElement | null} */
    this.bar = null;
    /** Where the press began that may choose a wire. @type {{x: number, y: number} | null} */
    this.began = null;
    /** The handle that is pulled, or was pressed: which end of the wire goes elsewhere. @type {"from" | "to" | null} */
    this.loose = null;
    this.pulled = false;
    /** The course and the view for which bar and handles were laid. */
    this.seen = "";
  }

  // Choosing

  /** @param {PointerEvent} event */
  down(event) {
    const target = /** @type {Element} */ (event.target);
    this.began = null;
    if (target.closest(".wire-tools")) return;
    if (this.loose) {
      event.preventDefault();
      event.stopPropagation();
      this.plug(event, target);
      return;
    }
    if (event.button === 0 && !target.closest(".canvas-step, button, a, input, textarea, [data-mark], [data-canvas-tool]")) {
      this.began = { x: event.clientX, y: event.clientY };
    } else if (this.chosen && target.closest(".canvas-step")) this.choose(null);
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { began } = this;
    this.began = null;
    if (began && !isPulled(began, event)) this.choose(this.at(event));
  }

  /** The wire at a place of the window. @param {Spot} spot @returns {Edge | null} */
  at({ clientX, clientY }) {
    const { canvas } = this;
    return nearest(courses(canvas), canvas.toCanvas(clientX, clientY), REACH / canvas.view.zoom);
  }

  /** @param {Edge | null} edge */
  choose(edge) {
    if (edge === this.chosen || (edge && this.chosen && isSame(edge, this.chosen))) return;
    this.chosen = edge;
    this.put(null);
    this.bar?.remove();
    this.bar = null;
    this.draw();
    if (!edge) return;
    const { graph } = this.canvas.doc;
    const [from, to] = [nameOf(graph, edge.from), nameOf(graph, edge.to)];
    this.canvas.announce(`The wire from '${from}' to '${to}' is chosen. Delete takes it away.`);
    this.bar = this.makeBar(from, to);
    this.canvas.root.append(this.bar);
    this.seen = "";
    this.lay();
  }

  draw() {
    const { canvas } = this;
    if (this.chosen && !isThere(canvas.doc.graph, this.chosen)) this.choose(null);
    for (const path of canvas.wireElements()) {
      const isChosen = Boolean(this.chosen) && isSame(canvas.edgeOf(path), this.chosen);
      (path.closest(".connection") ?? path).classList.toggle("is-chosen", isChosen);
    }
    this.lay();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.chosen || document.querySelector("dialog[open]")) return;
    if (/** @type {Element} */ (event.target).closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else if (event.key === "Escape" && this.loose) this.put(null);
    else if (event.key === "Escape") this.choose(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // What is done with it

  remove() {
    removeWires(this.canvas, [this.chosen]);
  }

  /** The end that goes elsewhere; null when it stays. @param {"from" | "to" | null} which */
  put(which) {
    const { canvas } = this;
    this.loose = which;
    this.pulled = false;
    dim(canvas);
    clearPreview(canvas);
    this.bar?.classList.toggle("is-moving", Boolean(which));
    if (!which) return;
    light(canvas, this.fixed(), without(canvas.doc.graph, [this.chosen]));
    canvas.announce(`Choose the ${which === "from" ? "output it comes from" : "input it goes to"}. In the empty the wire goes away.`);
  }

  /** The end that stays. */
  fixed() {
    const { from, from_port, to, to_port } = this.chosen;
    return this.loose === "from" ? { to, to_port } : { from, from_port };
  }

  /** @param {Spot} spot */
  pull({ clientX, clientY }) {
    const end = this.fixed();
    const here = middle(portElement(this.canvas, end));
    const there = { x: clientX, y: clientY };
    const type = portOf(this.canvas.doc.graph, end)?.type;
    preview(this.canvas, [this.loose === "to" ? { start: here, end: there, type } : { start: there, end: here, type }]);
  }

  /** The loose end was put down. @param {Spot} spot @param {Element | null} under */
  plug(spot, under) {
    const { canvas, chosen } = this;
    const end = this.fixed();
    const { clientX, clientY } = spot;
    const other = endOf(under);
    const id = stepAt(under);
    this.put(null);
    const graph = without(canvas.doc.graph, [chosen]);
    const isOwn = id === ("from" in end ? end.from : end.to);
    const edge = other && !isOneSided(end, other) ? edgeBetween(end, other) : id && !isOwn ? bestEdge(graph, end, id) : null;
    if (edge) this.replug(chosen, edge, { clientX, clientY });
    else if (other) say(canvas, oneSided(end), { clientX, clientY });
    else if (!id && canvas.root.contains(under)) removeWires(canvas, [chosen]);
  }

  /** @param {Edge} old @param {Edge} edge @param {Spot} spot */
  replug(old, edge, spot) {
    const { canvas } = this;
    const plan = () => replugged(canvas.doc.graph, old, edge);
    const { graph } = canvas.doc;
    offerOr(canvas, plan(), spot, plan, {
      label: `Move the wire to ${nameOf(graph, edge.to)}`,
      said: `'${nameOf(graph, edge.to)}' reads from '${nameOf(graph, edge.from)}' now.`,
    });
    if (isThere(canvas.doc.graph, edge)) this.choose(edge);
  }

  // What is seen

  /** @param {string} from @param {string} to */
  makeBar(from, to) {
    const bar = document.createElement("div");
    bar.className = "wire-tools";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", `Wire from ${from} to ${to}`);
    const middle = document.createElement("div");
    middle.className = "wire-bar";
    middle.append(
      buttonOf("plus", "Put a step into this wire", (event) => searchForWire(this.canvas, this.chosen, spotOf(event))),
      buttonOf("trash", "Delete this wire", () => this.remove()),
    );
    bar.append(middle, this.makeHandle("from", `Move the end at ${from}`), this.makeHandle("to", `Move the end at ${to}`));
    return bar;
  }

  /** @param {"from" | "to"} which @param {string} words */
  makeHandle(which, words) {
    const handle = buttonOf("", words, (event) => {
      if (event.detail === 0) this.put(this.loose === which ? null : which);
    });
    handle.classList.add("wire-handle");
    handle.dataset.end = which;
    let start = null;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      start = { x: event.clientX, y: event.clientY };
    });
    handle.addEventListener("pointermove", (event) => {
      if (!start) return;
      if (!this.pulled && isPulled(start, event)) {
        this.put(which);
        this.pulled = true;
      }
      if (this.pulled) this.pull(event);
    });
    handle.addEventListener("pointerup", (event) => {
      start = null;
      if (this.pulled) this.plug(event, document.elementFromPoint(event.clientX, event.clientY));
      else this.put(this.loose === which ? null : which);
    });
    handle.addEventListener("pointercancel", () => {
      start = null;
      this.put(null);
    });
    return handle;
  }

  /** The bar and the handles go where the wire goes, as long as it is chosen. */
  lay() {
    if (!this.bar) return;
    const { canvas } = this;
    const { x, y, zoom } = canvas.view;
    const path = canvas.flow.wires.get(keyOf(this.chosen))?.path;
    const seen = path ? `${path.getAttribute("d")} ${x} ${y} ${zoom}` : "";
    if (!path || seen === this.seen) return;
    this.seen = seen;
    const [course] = courseOf(this.chosen, path);
    if (!course) return;
    const points = course.points.map((point) => ({ x: point.x * zoom + x, y: point.y * zoom + y }));
    layTools(this.bar, points, zoom);
  }
}

/** @param {any} canvas @param {Edge[]} edges */
export function removeWires(canvas, edges) {
  const { graph } = canvas.doc;
  const present = edges.filter((edge) => isThere(graph, edge));
  if (!present.length) return;
  const said = present.length === 1
    ? `'${nameOf(graph, present[0].to)}' does not read from '${nameOf(graph, present[0].from)}' any more.`
    : `${present.length} wires were deleted.`;
  perform(canvas, unwired(present), { label: present.length === 1 ? "Delete a wire" : `Delete ${present.length} wires`, said });
}
