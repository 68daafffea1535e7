// Which wires may be, and the sentence that says why not: the same as flowza/engine/edit_checks.py, so that a wire is
// refused while it is pulled and not after the server was asked. No page, no state: a graph goes in, words come out.
import { kind as kindNamed, kinds } from "./catalogue.js";

const MAX_EDGES = 5000;
export const ENDS = ["from", "from_port", "to", "to_port"];

/**
 * @typedef {{from: string, from_port: string, to: string, to_port: string}} Edge
 * @typedef {{from: string, from_port: string} | {to: string, to_port: string}} End one end of a wire: an output or an input
 * @typedef {{id: string, kind: string, label?: string, x?: number, y?: number}} Step
 * @typedef {{nodes: Step[], edges: Edge[]}} Graph
 * @typedef {{kind: any, port: string, refusal: string}} Offer a kind of step, the port of it that takes the wire, or why none does
 */

/**
 * Why a wire may not be added; "" when it may.
 * @param {Graph} graph
 * @param {Edge} edge
 * @returns {string}
 */
export function refusal(graph, edge) {
  if (graph.edges.length >= MAX_EDGES) return `A workflow has at most ${MAX_EDGES} connections.`;
  const lost = unknown(graph, edge.from) || unknown(graph, edge.to);
  if (lost) return lost;
  const names = [nameOf(graph, edge.from), nameOf(graph, edge.to)];
  if (edge.from === edge.to) return `'${names[0]}' cannot be connected to itself.`;
  const leaving = portOf(graph, { from: edge.from, from_port: edge.from_port });
  const entering = portOf(graph, { to: edge.to, to_port: edge.to_port });
  if (!leaving) return unknownPort(graph, edge.from, "output", edge.from_port);
  if (!entering) return unknownPort(graph, edge.to, "input", edge.to_port);
  if (leaving.type !== entering.type) return `'${names[1]}' takes a ${entering.type}, '${names[0]}' gives a ${leaving.type}.`;
  return taken(graph, edge, entering, names) || circle(graph, edge, names);
}

/**
 * The wire that would have to go for this one: there is one, and without it nothing else stands against the new one.
 * @param {Graph} graph
 * @param {Edge} edge
 * @returns {Edge | null}
 */
export function replaced(graph, edge) {
  const entering = portOf(graph, { to: edge.to, to_port: edge.to_port });
  if (!entering || entering.many) return null;
  const old = wiresInto(graph, edge.to, edge.to_port)[0];
  if (!old || isSame(old, edge)) return null;
  return refusal(without(graph, [old]), edge) ? null : old;
}

/**
 * Every kind of step, in the order of the catalogue, with its port for a wire that ends here or with the reason why not.
 * Without an end all fit that can stand alone.
 * @param {Graph} graph
 * @param {End | null} end
 * @returns {Offer[]}
 */
export function offers(graph, end) {
  return kinds().map((kind) => {
    const port = end ? fittingPort(graph, end, kind) : null;
    if (!end || port) return { kind, port: port?.name ?? "", refusal: "" };
    return { kind, port: "", refusal: misfit(graph, end, kind) };
  });
}

/**
 * The port of a kind that takes a wire which ends here.
 * @param {Graph} graph
 * @param {End} end
 * @param {any} kind
 */
export function fittingPort(graph, end, kind) {
  const type = portOf(graph, end)?.type;
  return ("from" in end ? kind.inputs : kind.outputs).find((port) => port.type === type) ?? null;
}

/**
 * Why no port of a kind takes a wire that ends here.
 * @param {Graph} graph
 * @param {End} end
 * @param {any} kind
 */
function misfit(graph, end, kind) {
  const own = portOf(graph, end);
  if ("from" in end) {
    if (!kind.inputs.length) return `'${kind.label}' brings rows in, so it takes no wire.`;
    return `'${kind.label}' takes ${listed(kind.inputs)}, '${nameOf(graph, end.from)}' gives ${listed(own ? [own] : [])}.`;
  }
  return `'${nameOf(graph, end.to)}' takes ${listed(own ? [own] : [])}, '${kind.label}' gives ${listed(kind.outputs)}.`;
}

/**
 * "a model and a dataset"
 * @param {{type: string}[]} ports
 */
export function listed(ports) {
  return [...new Set(ports.map((port) => `a ${port.type}`))].join(" and ") || "nothing";
}

// Reading a graph

/** @param {Graph} graph @param {string} id */
export function stepOf(graph, id) {
  return graph.nodes.find((step) => step.id === id);
}

/** @param {Graph} graph @param {string} id */
export function kindOf(graph, id) {
  const step = stepOf(graph, id);
  return step ? kindNamed(step.kind) : undefined;
}

/** What people call a step: its own label or its kind's. @param {Graph} graph @param {string} id */
export function nameOf(graph, id) {
  const step = stepOf(graph, id);
  return step ? step.label || kindNamed(step.kind)?.label || step.kind : id.slice(0, 64);
}

/** @param {Graph} graph @param {End} end */
export function portOf(graph, end) {
  if ("from" in end) return kindOf(graph, end.from)?.outputs.find((port) => port.name === end.from_port);
  return kindOf(graph, end.to)?.inputs.find((port) => port.name === end.to_port);
}

/** @param {Graph} graph @param {string} id @param {string} [port] */
export function wiresInto(graph, id, port) {
  return graph.edges.filter((edge) => edge.to === id && (port === undefined || edge.to_port === port));
}

/** @param {Graph} graph @param {string} id @param {string} [port] */
export function wiresFrom(graph, id, port) {
  return graph.edges.filter((edge) => edge.from === id && (port === undefined || edge.from_port === port));
}

/** @param {Edge} one @param {Edge} other */
export function isSame(one, other) {
  return ENDS.every((name) => one[name] === other[name]);
}

/** @param {Graph} graph @param {Edge} edge */
export function isThere(graph, edge) {
  return graph.edges.some((one) => isSame(one, edge));
}

/** The graph without some wires. @param {Graph} graph @param {Edge[]} edges @returns {Graph} */
export function without(graph, edges) {
  return { ...graph, edges: graph.edges.filter((one) => !edges.some((edge) => isSame(one, edge))) };
}

/** The steps that depend on a step. @param {Graph} graph @param {string} id @returns {Set<string>} */
export function followers(graph, id) {
  /** @type {Map<string, string[]>} */
  const after = new Map();
  for (const edge of graph.edges) {
    if (!after.get(edge.from)?.push(edge.to)) after.set(edge.from, [edge.to]);
  }
  /** @type {Set<string>} */
  const seen = new Set();
  const waiting = [id];
  while (waiting.length) {
    for (const next of after.get(waiting.pop()) ?? []) {
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
  }
  return seen;
}

/** The steps that a step depends on. @param {Graph} graph @param {string} id @returns {Set<string>} */
export function ancestors(graph, id) {
  const turned = graph.edges.map((edge) => ({ ...edge, from: edge.to, to: edge.from }));
  return followers({ ...graph, edges: turned }, id);
}

/** The steps that a wire from here can never go to, because a circle would arise. @param {Graph} graph @param {End} end */
export function blocked(graph, end) {
  return "from" in end ? ancestors(graph, end.from).add(end.from) : followers(graph, end.to).add(end.to);
}

// The single reasons

/** @param {Graph} graph @param {string} id */
function unknown(graph, id) {
  const step = stepOf(graph, id);
  if (!step) return `There is no step '${id.slice(0, 64)}'. It may have been deleted.`;
  return kindNamed(step.kind) ? "" : `The kind '${step.kind.slice(0, 60)}' is not known any more.`;
}

/** @param {Graph} graph @param {string} id @param {"input" | "output"} side @param {string} name */
function unknownPort(graph, id, side, name) {
  const kind = kindOf(graph, id);
  const names = kind[`${side}s`].map((port) => port.name).join(", ") || "none";
  return `'${kind.label}' has no ${side} '${name.slice(0, 60)}'. It has: ${names}.`;
}

/** @param {Graph} graph @param {Edge} edge @param {{type: string, many?: boolean}} entering @param {string[]} names */
function taken(graph, edge, entering, names) {
  for (const one of wiresInto(graph, edge.to, edge.to_port)) {
    if (isSame(one, edge)) return `'${names[0]}' is connected to '${names[1]}' already.`;
    if (!entering.many) {
      return `'${names[1]}' has its ${entering.type} from '${nameOf(graph, one.from)}' already. Disconnect that one first.`;
    }
  }
  return "";
}

/** @param {Graph} graph @param {Edge} edge @param {string[]} names */
function circle(graph, edge, names) {
  if (!followers(graph, edge.to).has(edge.from)) return "";
  return `'${names[0]}' comes after '${names[1]}', so it cannot feed it: the steps would form a circle.`;
}
