// The drawing of a workflow: cards, wires and the view, kept equal to the document.
import { choose } from "../editor/panel.js";
import { announce } from "../editor/state.js";
import { Card, CARD_WIDTH, cardHeight, cardTemplate } from "./card.js";
import { kind as kindNamed } from "./catalogue.js";
import { startControls } from "./controls.js";
import { drawEmpty } from "./empty.js";
import { Flow } from "./flow.js";
import { startMinimap } from "./minimap.js";
import { boxAround, View } from "./view.js";
import { keyOf } from "./wires.js";

/**
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {import("./rules.js").Step} Step
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {import("./view.js").Box} Box
 * @typedef {import("./card.js").Facts} Facts
 * @typedef {{step: Step, card: Card, ports: string, told: string}} Drawn
 */

/** Smaller than this a workflow does not open: a long one shows its beginning in full size instead. */
const READABLE = 0.8;

export class Canvas {
  /** @param {HTMLElement} root @param {any} doc */
  constructor(root, doc) {
    this.root = root;
    this.doc = doc;
    this.readOnly = root.hasAttribute("data-read-only");
    this.flow = new Flow(root);
    this.flow.start();
    /** Where cards and wires lie; what else is to lie there is put into it. @type {HTMLElement} */
    this.ground = this.flow.precanvas;
    /** @type {Map<string, Drawn>} */
    this.drawn = new Map();
    this.sight = new View(root, this.ground, () => this.tellOf("canvas-viewed"));
    this.isPlaced = false;
    /** Who moves cards (moving.js); nobody on a page that is for looking only. @type {any} */
    this.mover = null;
    this.startHand();
    startControls(this);
    startMinimap(this);
    doc.addEventListener("changed", () => this.draw());
    document.addEventListener("step-chosen", (event) => this.markChosen(/** @type {CustomEvent} */ (event).detail.step));
    new ResizeObserver(() => this.settle()).observe(root);
  }

  startHand() {
    const { grasp } = this.flow;
    grasp.view = this.sight;
    grasp.readOnly = this.readOnly;
    grasp.tell = (name, detail) => this.heard(name, detail);
  }

  // The drawing

  /** Only what differs from the document is touched. */
  draw() {
    const { nodes, edges } = this.doc.graph;
    const present = new Map(nodes.map((step) => [step.id, step]));
    const wires = new Map(edges.map((edge) => [keyOf(edge), edge]));
    for (const key of [...this.flow.wires.keys()]) if (!wires.has(key)) this.flow.removeWire(key);
    for (const [id, { step, ports }] of this.drawn) {
      const now = present.get(id);
      if (!now || now.kind !== step.kind || portsOf(this.doc.graph, now).text !== ports) this.removeStep(id);
    }
    const add = () => {
      for (const step of nodes) this.drawStep(step);
      for (const [key, edge] of wires) if (!this.flow.wires.has(key)) this.flow.addWire(edge);
    };
    // One by one their wires are laid as they come; many are better laid together.
    if (nodes.length - this.drawn.size > 1) this.flow.load(add);
    else add();
    this.markWired();
    this.markChosen();
    drawEmpty(this);
    this.settle();
    this.tellOf("canvas-drawn");
  }

  /** @param {Step} step */
  drawStep(step) {
    const told = this.doc.told[step.id] ?? "";
    let drawn = this.drawn.get(step.id);
    // Also where nothing changed: a move that was refused left the card elsewhere.
    if (drawn && !this.isHeld(step.id)) this.flow.place(step.id, placeOf(step));
    if (drawn && drawn.step === step && drawn.told === told) return;
    if (!drawn) {
      const ports = portsOf(this.doc.graph, step);
      const element = this.flow.addStep(step.id, this.templateOf(step.kind), ports, placeOf(step));
      element.dataset.output = ports.outputs[0]?.type ?? "report";
      const height = cardHeight(ports.inputs.length, ports.outputs.length);
      if (height) element.style.height = `${height}px`;
      drawn = { step, card: new Card(element), ports: ports.text, told };
      this.drawn.set(step.id, drawn);
    }
    Object.assign(drawn, { step, told });
    drawn.card.name(step.label || kindNamed(step.kind)?.label || step.kind, told);
  }

  /** @param {string} id */
  removeStep(id) {
    this.flow.removeStep(id);
    this.drawn.delete(id);
  }

  /** Registered once; Drawflow copies it for each step. @param {string} kind */
  templateOf(kind) {
    const name = `kind ${kind}`;
    if (!this.flow.noderegister[name]) this.flow.registerNode(name, cardTemplate(kindNamed(kind)?.category_label ?? "Unknown kind"));
    return name;
  }

  /** Ports with a wire are filled. */
  markWired() {
    const wired = new Set();
    for (const wire of this.flow.wires.values()) {
      wired.add(this.portElement(wire.edge.from, "out", wire.edge.from_port));
      wired.add(this.portElement(wire.edge.to, "in", wire.edge.to_port));
    }
    for (const { ports } of this.flow.steps.values()) {
      for (const port of [...ports.in, ...ports.out]) port.classList.toggle("is-wired", wired.has(port));
    }
  }

  // What is where

  /** @param {string} id @returns {HTMLElement | null} */
  stepElement(id) {
    return this.flow.steps.get(id)?.element ?? null;
  }

  /** @param {string} id @param {"in" | "out"} side @param {string} port @returns {HTMLElement | null} */
  portElement(id, side, port) {
    return this.flow.portElement(id, side, port);
  }

  /** @returns {SVGPathElement[]} */
  wireElements() {
    return [...this.flow.wires.values()].map((wire) => wire.path);
  }

  /** @param {Element} path @returns {Edge | null} */
  edgeOf(path) {
    return this.flow.wires.get(path.getAttribute("data-edge") ?? "")?.edge ?? null;
  }

  /** @param {string} id @returns {Box | null} */
  boxOf(id) {
    const step = this.flow.steps.get(id);
    return step ? { x: step.x, y: step.y, width: CARD_WIDTH, height: cardHeight(step.inputs.length, step.outputs.length) } : null;
  }

  /** Around steps, or around all that lies on the canvas. @param {string[]} [ids] @returns {Box | null} */
  boxAround(ids) {
    const { notes = [], frames = [] } = this.doc.graph;
    const steps = ids ?? [...this.flow.steps.keys()];
    const marks = ids ? [] : [...notes, ...frames].map(({ x = 0, y = 0, width = 200, height = 100 }) => ({ x, y, width, height }));
    return boxAround([...steps.map((id) => this.boxOf(id)).filter((box) => box !== null), ...marks]);
  }

  /** Puts a card somewhere without telling the document, for what is being moved. @param {string} id @param {number} x @param {number} y */
  place(id, x, y) {
    this.flow.place(id, { x, y });
    this.tellOf("steps-moving");
  }

  /** A card in the hand lies where the hand has it, whatever the document says meanwhile. @param {string} id */
  isHeld(id) {
    const { held } = this.mover ?? {};
    return Boolean(held?.moves && held.boxes.some((box) => box.id === id));
  }

  // The view

  get view() {
    return { ...this.sight.present };
  }

  /** @param {Partial<import("./view.js").Place>} view */
  setView(view) {
    this.isPlaced = true;
    this.sight.set(view);
  }

  /** @param {number} factor @param {number} clientX @param {number} clientY */
  zoomAt(factor, clientX, clientY) {
    this.sight.zoomAt(factor, clientX, clientY);
  }

  /** Around the middle of the canvas. @param {number} factor */
  zoomBy(factor) {
    this.sight.zoomBy(factor);
  }

  /** @param {string[]} [ids] */
  fit(ids) {
    const box = this.boxAround(ids);
    if (box) this.sight.fit(box);
    else this.sight.set({ x: 0, y: 0, zoom: 1 });
  }

  /** @param {string} id */
  reveal(id) {
    const box = this.boxOf(id);
    if (box) this.sight.reveal(box);
  }

  /** @param {number} clientX @param {number} clientY @returns {Point} */
  toCanvas(clientX, clientY) {
    return this.sight.toCanvas(clientX, clientY);
  }

  /** The first time that there is something to see and room to show it. */
  settle() {
    if (this.isPlaced || !this.drawn.size || !this.root.clientWidth) return;
    this.isPlaced = true;
    const box = this.boxAround();
    if (box) this.sight.fit(box, { readable: READABLE });
    const { step } = this.chosenAtFirst();
    if (step) this.reveal(step);
  }

  chosenAtFirst() {
    return { step: /** @type {HTMLInputElement | null} */ (document.getElementById("chosen-step"))?.value ?? "" };
  }

  // What is told

  /** @param {string} id @param {Facts} facts */
  tell(id, facts) {
    this.drawn.get(id)?.card.tell(facts);
  }

  /** The step's settings are shown beside. @param {string} id */
  choose(id) {
    choose(id);
    this.markChosen(id);
    this.tellOf("canvas-chosen", { id });
  }

  /** @param {string} [id] */
  markChosen(id = this.chosenAtFirst().step) {
    for (const { element } of this.flow.steps.values()) {
      const isChosen = element.dataset.step === id;
      if (element.classList.contains("is-chosen") === isChosen) continue;
      element.classList.toggle("is-chosen", isChosen);
      if (isChosen) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    }
  }

  /** @param {string} text */
  announce(text) {
    announce(text);
  }

  /** @param {string} name @param {any} [detail] */
  tellOf(name, detail = {}) {
    this.root.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  // What the hand did

  /** @param {string} name @param {any} detail */
  heard(name, detail) {
    if (name === "canvas-menu") {
      const wire = detail.target.closest("[data-edge]");
      this.tellOf(name, { ...detail, edge: wire ? this.edgeOf(wire) : null });
    } else if (name === "card-pressed") {
      const { ctrlKey, metaKey, shiftKey } = detail.event;
      // With these keys a card is taken into what is selected.
      if (!(ctrlKey || metaKey || shiftKey)) this.choose(detail.id);
      this.tellOf(name, detail);
    } else this.tellOf(name, detail);
  }
}

/** Ports of a step; of a kind that is not known, those that its wires name. @param {any} graph @param {Step} step */
function portsOf(graph, step) {
  const kind = kindNamed(step.kind);
  const inputs = kind?.inputs ?? named(graph.edges.filter((edge) => edge.to === step.id).map((edge) => edge.to_port));
  const outputs = kind?.outputs ?? named(graph.edges.filter((edge) => edge.from === step.id).map((edge) => edge.from_port));
  const text = kind ? "" : [...inputs, ...outputs].map((port) => port.name).join("\n");
  return { inputs, outputs, text };
}

/** @param {string[]} names @returns {import("./flow.js").Port[]} */
function named(names) {
  return [...new Set(names)].map((name) => ({ name, label: name, type: "dataset" }));
}

/** @param {Step} step @returns {Point} */
function placeOf({ x = 0, y = 0 }) {
  return { x, y };
}
