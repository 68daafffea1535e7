// While a wire is pulled: the ports that take it light up, the others fade.
import { blocked, isThere, kindOf, portOf, wiresInto } from "./rules.js";

/** @typedef {import("./rules.js").End} End */

const CLASSES = ["fits", "replaces", "fades"];

/**
 * @param {any} canvas
 * @param {End} end the port that the wire is pulled from
 * @param {import("./rules.js").Graph} [graph] without the wire whose end is put somewhere else
 */
export function light(canvas, end, graph = canvas.doc.graph) {
  dim(canvas);
  canvas.root.classList.add("is-pulling");
  const never = blocked(graph, end);
  const own = portOf(graph, end);
  const side = "from" in end ? "in" : "out";
  for (const step of graph.nodes) {
    const ports = kindOf(graph, step.id)?.[side === "in" ? "inputs" : "outputs"] ?? [];
    let any = step.id === ("from" in end ? end.from : end.to);
    for (const port of ports) {
      const takes = !never.has(step.id) && port.type === own?.type && verdict(graph, end, step.id, port);
      canvas.portElement(step.id, side, port.name)?.classList.add(takes || "fades");
      any ||= Boolean(takes);
    }
    canvas.stepElement(step.id)?.classList.toggle("fades", !any);
  }
}

/** @param {any} canvas */
export function dim(canvas) {
  canvas.root.classList.remove("is-pulling");
  for (const element of canvas.root.querySelectorAll(CLASSES.map((name) => `.${name}`).join(","))) {
    element.classList.remove(...CLASSES);
  }
}

/** @param {import("./rules.js").Graph} graph @param {End} end @param {string} id @param {any} port */
function verdict(graph, end, id, port) {
  const edge = "from" in end ? { ...end, to: id, to_port: port.name } : { from: id, from_port: port.name, ...end };
  if (isThere(graph, edge)) return "";
  const entering = "from" in end ? port : portOf(graph, end);
  return entering.many || !wiresInto(graph, edge.to, edge.to_port).length ? "fits" : "replaces";
}
