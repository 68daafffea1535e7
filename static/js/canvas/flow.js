// Drawflow, mended for workflows: steps and wires keep the names of the graph, ports have types, positions are those that
// are drawn, wires are laid without measuring the page, and the hand works by pointer events.
import { CARD_WIDTH, portOffset } from "./card.js";
import { Grasp } from "./grasp.js";
import { keyOf, markWire, wirePath } from "./wires.js";

/**
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {{name: string, label: string, type: string, many?: boolean}} Port
 * @typedef {{number: number, id: string, element: HTMLElement, inputs: Port[], outputs: Port[],
 *   ports: {in: HTMLElement[], out: HTMLElement[]}, x: number, y: number, wires: Set<Wire>}} Step
 * @typedef {{key: string, edge: Edge, from: Step, to: Step, output: number, input: number, element: SVGElement, path: SVGPathElement}} Wire
 */

// A classic script, loaded before the modules.
const Drawflow = /** @type {any} */ (globalThis).Drawflow;

export class Flow extends Drawflow {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root);
    /** @type {Map<string, Step>} */
    this.steps = new Map();
    /** @type {Map<string, Wire>} */
    this.wires = new Map();
    /** Drawflow names a step by a number, which is safe in a selector; the graph's ids are not. @type {Map<string, Step>} */
    this.byElement = new Map();
    /** While many come at once no wire is laid; then all are, in one pass. */
    this.loading = false;
    this.grasp = new Grasp(this);
  }

  /**
   * As Drawflow's, but for what it listens to: its mouse and touch handlers drag with the right button, lose what is let
   * go outside, and its keys delete while somebody types.
   */
  start() {
    this.container.classList.add("parent-drawflow");
    this.container.tabIndex = 0;
    this.precanvas = document.createElement("div");
    this.precanvas.className = "drawflow";
    this.container.append(this.precanvas);
    this.grasp.start();
  }

  /** @param {() => void} add what adds steps and wires */
  load(add) {
    this.loading = true;
    try {
      add?.();
    } finally {
      this.loading = false;
    }
    for (const wire of this.wires.values()) this.lay(wire);
  }

  // Steps

  /**
   * @param {string} id
   * @param {string} card the name under which the card was registered
   * @param {{inputs: Port[], outputs: Port[]}} ports
   * @param {Point} place
   * @returns {HTMLElement}
   */
  addStep(id, card, { inputs, outputs }, { x, y }) {
    // Nothing of the graph goes through Drawflow: the card is a registered element, the data are empty.
    const number = this.addNode(card, inputs.length, outputs.length, x, y, "canvas-step", {}, card, true);
    const element = this.precanvas.lastElementChild.firstElementChild;
    const places = { in: markPorts(element.firstElementChild, inputs), out: markPorts(element.lastElementChild, outputs) };
    element.dataset.step = id;
    const step = { number, id, element, inputs, outputs, ports: places, x, y, wires: new Set() };
    this.steps.set(id, step);
    this.byElement.set(element.id, step);
    return element;
  }

  /** @param {string} id */
  removeStep(id) {
    const step = this.steps.get(id);
    for (const wire of [...step.wires]) this.removeWire(wire.key);
    const shell = step.element.parentElement;
    this.removeNodeId(step.element.id);
    shell.remove();
    this.byElement.delete(step.element.id);
    this.steps.delete(id);
  }

  /** Where a card is drawn is where it is. @param {string} id @param {Point} place */
  place(id, { x, y }) {
    const step = this.steps.get(id);
    if (!step || (step.x === x && step.y === y)) return;
    Object.assign(step, { x, y });
    Object.assign(this.drawflow.drawflow.Home.data[step.number], { pos_x: x, pos_y: y });
    step.element.style.left = `${x}px`;
    step.element.style.top = `${y}px`;
    this.updateConnectionNodes(step.element.id);
  }

  /** @param {string} id @param {"in" | "out"} side @param {string} port @returns {HTMLElement | null} */
  portElement(id, side, port) {
    const step = this.steps.get(id);
    const at = (side === "in" ? step?.inputs : step?.outputs)?.findIndex(({ name }) => name === port) ?? -1;
    return at < 0 ? null : step.ports[side][at];
  }

  // Wires

  /** @param {Edge} edge @returns {Wire | null} null where a port is not known */
  addWire(edge) {
    const [from, to] = [this.steps.get(edge.from), this.steps.get(edge.to)];
    const output = from?.outputs.findIndex((port) => port.name === edge.from_port) ?? -1;
    const input = to?.inputs.findIndex((port) => port.name === edge.to_port) ?? -1;
    if (output < 0 || input < 0) return null;
    this.addConnection(from.number, to.number, `output_${output + 1}`, `input_${input + 1}`);
    const element = this.precanvas.lastElementChild;
    const wire = { key: keyOf(edge), edge, from, to, output, input, element, path: element.firstElementChild };
    markWire(element, wire.key, from.outputs[output].type);
    this.wires.set(wire.key, wire);
    from.wires.add(wire);
    to.wires.add(wire);
    if (!this.loading) this.lay(wire);
    return wire;
  }

  /** @param {string} key */
  removeWire(key) {
    const wire = this.wires.get(key);
    this.removeSingleConnection(wire.from.number, wire.to.number, `output_${wire.output + 1}`, `input_${wire.input + 1}`);
    wire.from.wires.delete(wire);
    wire.to.wires.delete(wire);
    this.wires.delete(key);
  }

  /** @param {Step} step @param {"in" | "out"} side @param {number} at @returns {Point} */
  portPoint(step, side, at) {
    const ports = side === "in" ? step.inputs : step.outputs;
    return { x: step.x + (side === "out" ? CARD_WIDTH : 0), y: step.y + portOffset(at, ports.length) };
  }

  /** @param {Wire} wire */
  lay(wire) {
    wire.path.setAttribute("d", wirePath(this.portPoint(wire.from, "out", wire.output), this.portPoint(wire.to, "in", wire.input)));
  }

  /** Drawflow measures every port of every wire here, which is quadratic; the places are known. @param {string} elementId */
  updateConnectionNodes(elementId) {
    if (this.loading) return;
    for (const wire of this.byElement.get(elementId)?.wires ?? []) this.lay(wire);
  }

  // The hand: Drawflow's own three handlers, by pointer events

  /** @param {PointerEvent} event */
  click(event) {
    this.grasp.down(event);
  }

  /** @param {PointerEvent} event */
  position(event) {
    this.grasp.move(event);
  }

  /** Makes no wire: who listens to the hand knows which may be, and says why not. @param {PointerEvent} event */
  dragEnd(event) {
    this.grasp.up(event);
  }

  /** Keys belong to the page; Drawflow's delete a step while somebody types. */
  key() {}

  /** Its menu writes HTML. */
  contextmenu() {}
}

/** @param {HTMLElement} place @param {Port[]} ports @returns {HTMLElement[]} */
function markPorts(place, ports) {
  const isInput = place.className === "inputs";
  const elements = /** @type {HTMLElement[]} */ ([...place.children]);
  elements.forEach((element, at) => {
    const { name, label, type, many } = ports[at];
    const words = `${label}: ${many ? `${type}s, several` : type}`;
    element.dataset.port = name;
    element.dataset.type = type;
    element.dataset.words = words;
    element.tabIndex = -1;
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", `${isInput ? "Input" : "Output"} ${words}`);
    element.title = words;
    element.style.top = `${portOffset(at, ports.length)}px`;
  });
  return elements;
}
