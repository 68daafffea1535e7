// Wires by keyboard: from a port (or a card's first output) the arrows choose among the ports that fit, Enter connects.
import { connect, edgeBetween, portElement, press, unpick } from "./connecting.js";
import { kindOf, nameOf, refusal, replaced } from "./rules.js";

/** @typedef {import("./rules.js").End} End */

/** @type {{end: End, others: End[], at: number, back: HTMLElement | null} | null} */
let search = null;

export function isConnecting() {
  return search !== null;
}

/** @param {any} canvas @param {End | null} end @returns {boolean} */
export function beginConnecting(canvas, end) {
  stop(canvas);
  if (!end || canvas.readOnly) return false;
  const { graph } = canvas.doc;
  const others = fittingEnds(graph, end);
  const name = nameOf(graph, "from" in end ? end.from : end.to);
  if (!others.length) {
    canvas.announce(`No ${"from" in end ? "input" : "output"} fits '${name}'. Press slash to add a step after it.`);
    return true;
  }
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  press(canvas, end);
  search = { end, others, at: 0, back };
  show(canvas, `Connecting from '${name}'. `);
  return true;
}

/** @param {any} canvas @param {KeyboardEvent} event @returns {boolean} whether the key was for this */
export function connectingKey(canvas, event) {
  if (!search) return false;
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (by) {
    search.at = (search.at + by + search.others.length) % search.others.length;
    show(canvas);
  } else if (event.key === "Enter") {
    const edge = edgeBetween(search.end, search.others[search.at]);
    stop(canvas);
    connect(canvas, edge);
  } else if (event.key === "Escape") {
    stop(canvas);
    canvas.announce("No wire was made.");
  } else if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return false;
  else {
    stop(canvas);
    return false;
  }
  return true;
}

/** The first output of a step, or its first input when it gives nothing. @param {any} graph @param {string} id @returns {End | null} */
export function firstEnd(graph, id) {
  const kind = kindOf(graph, id);
  if (kind?.outputs.length) return { from: id, from_port: kind.outputs[0].name };
  return kind?.inputs.length ? { to: id, to_port: kind.inputs[0].name } : null;
}

/** What may be connected at once, before what would replace a wire; near ones first. @param {any} graph @param {End} end @returns {End[]} */
function fittingEnds(graph, end) {
  const isOutput = "from" in end;
  const free = [];
  const taken = [];
  for (const step of graph.nodes) {
    for (const port of kindOf(graph, step.id)?.[isOutput ? "inputs" : "outputs"] ?? []) {
      const other = isOutput ? { to: step.id, to_port: port.name } : { from: step.id, from_port: port.name };
      const edge = edgeBetween(end, other);
      if (!refusal(graph, edge)) free.push(other);
      else if (replaced(graph, edge)) taken.push(other);
    }
  }
  const here = graph.nodes.find((step) => step.id === (isOutput ? end.from : end.to));
  const far = (one) => {
    const step = graph.nodes.find((node) => node.id === (one.to ?? one.from));
    return Math.hypot((step.x ?? 0) - (here.x ?? 0), (step.y ?? 0) - (here.y ?? 0));
  };
  const near = (one, other) => far(one) - far(other);
  return [...free.sort(near), ...taken.sort(near)];
}

/** @param {any} canvas @param {string} [before] */
function show(canvas, before = "") {
  mark(canvas, search.at);
  const { graph } = canvas.doc;
  const other = search.others[search.at];
  const id = "to" in other ? other.to : other.from;
  const kind = kindOf(graph, id);
  const port = "to" in other ? kind.inputs.find((one) => one.name === other.to_port) : kind.outputs.find((one) => one.name === other.from_port);
  const taken = refusal(graph, edgeBetween(search.end, other)) ? ", which has a wire already" : "";
  canvas.reveal(id);
  canvas.announce(`${before}${"to" in other ? "To" : "From"} '${nameOf(graph, id)}', ${port.label}${taken}. ${search.at + 1} of ${search.others.length}. Enter connects.`);
}

/** @param {any} canvas */
function stop(canvas) {
  if (!search) return;
  mark(canvas, -1);
  search = null;
  unpick(canvas);
}

/** @param {any} canvas @param {number} at */
function mark(canvas, at) {
  search.others.forEach((other, index) => portElement(canvas, other)?.classList.toggle("is-aimed", index === at));
}
