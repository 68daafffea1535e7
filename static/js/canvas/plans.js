// What a gesture comes to: operations that are sent as one batch and so undone as one. The rules are those of
// apps/workflows/outline.py. No page, no state. Each returns {ops, …}, or {refusal} with a sentence.
import { apply } from "./apply.js";
import { kind as kindNamed } from "./catalogue.js";
import { freshId } from "./document.js";
import { onGrid, placeAfter, placeBetween, placeOf, roomBefore, STEP_X } from "./placing.js";
import {
  fittingPort, isSame, isThere, kindOf, listed, nameOf, portOf, refusal, replaced, wiresFrom, wiresInto, without,
} from "./rules.js";

/**
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {import("./rules.js").End} End
 * @typedef {import("./rules.js").Graph} Graph
 * @typedef {{x: number, y: number}} Place
 * @typedef {{ops?: any[], id?: string, refusal?: string, said?: string}} Plan said: what is worth telling beside it
 */

// Steps

/**
 * A step that stands alone.
 * @param {Graph} graph
 * @param {string} kind
 * @param {Place} place
 * @returns {Plan}
 */
export function alone(graph, kind, place) {
  const id = freshId(graph, kind);
  return { ops: [added(id, kind, onGrid(place))], id };
}

/**
 * A step behind another one: in a chain it takes over what read from that, as in the outline. Where no port fits it
 * stands alone, and is told why.
 * @param {Graph} graph
 * @param {string} kind
 * @param {string} after
 * @param {string} [output] which output of `after`
 * @returns {Plan}
 */
export function behind(graph, kind, after, output) {
  const cls = kindNamed(kind);
  const pair = portsBetween(kindOf(graph, after), cls, output);
  if (!pair) {
    const plan = alone(graph, kind, placeAfter(graph, after));
    return cls.inputs.length ? { ...plan, said: apart(graph, cls, after) } : plan;
  }
  const [leaving, entering] = pair;
  const id = freshId(graph, kind);
  const following = passesThrough(cls) ? wiresFrom(graph, after, leaving.name) : [];
  const at = placeOf(graph, after);
  const place = following.length ? { x: at.x + STEP_X, y: at.y } : placeAfter(graph, after);
  const ops = [added(id, kind, place), ...roomForAll(graph, following, place)];
  for (const old of following) {
    ops.push(...rewired(graph, old, { ...old, from: id, from_port: cls.outputs[0].name }));
  }
  ops.push(connected({ from: after, from_port: leaving.name, to: id, to_port: entering.name }));
  return { ops, id };
}

/**
 * A step at the other end of a wire that was pulled from a port into the empty.
 * @param {Graph} graph
 * @param {string} kind
 * @param {End} end
 * @param {Place} place
 * @returns {Plan}
 */
export function joined(graph, kind, end, place) {
  const port = fittingPort(graph, end, kindNamed(kind));
  if (!port) return alone(graph, kind, place);
  const id = freshId(graph, kind);
  const edge = "from" in end ? { ...end, to: id, to_port: port.name } : { from: id, from_port: port.name, ...end };
  const ops = [added(id, kind, onGrid(place))];
  const entering = portOf(graph, { to: edge.to, to_port: edge.to_port });
  const old = "to" in end && entering && !entering.many ? wiresInto(graph, end.to, end.to_port)[0] : null;
  ops.push(...(old ? rewired(graph, old, edge) : [connected(edge)]));
  return { ops, id };
}

/**
 * A step put into a wire: a new one of a kind, or one that stands alone.
 * @param {Graph} graph
 * @param {Edge} edge
 * @param {{kind: string} | {id: string}} step
 * @param {Place} place
 * @returns {Plan}
 */
export function inserted(graph, edge, step, place) {
  const kind = "id" in step ? kindOf(graph, step.id) : kindNamed(step.kind);
  const pair = portsWithin(graph, edge, kind);
  if (!pair) return { refusal: cannotStand(graph, edge, kind) };
  const id = "id" in step ? step.id : freshId(graph, step.kind);
  const at = placeBetween(graph, edge, place, id);
  const ops = "id" in step ? moved(graph, id, at) : [added(id, step.kind, at)];
  ops.push(...roomBefore(graph, edge.to, at));
  const [entering, leaving] = pair;
  ops.push(...rewired(graph, edge, { ...edge, from: id, from_port: leaving.name }));
  ops.push(connected({ from: edge.from, from_port: edge.from_port, to: id, to_port: entering.name }));
  return { ops, id };
}

/** Whether a step has no wire, so that it may be put into one. @param {Graph} graph @param {string} id */
export function isLoose(graph, id) {
  return !graph.edges.some((edge) => edge.from === id || edge.to === id);
}

/** Whether a step of this kind can stand in this wire. @param {Graph} graph @param {Edge} edge @param {any} kind */
export function fitsInto(graph, edge, kind) {
  return Boolean(portsWithin(graph, edge, kind));
}

/**
 * Steps deleted; what each read goes on to those that read from it, where the types allow.
 * @param {Graph} graph
 * @param {Iterable<string>} ids
 * @returns {Plan}
 */
export function removed(graph, ids) {
  const ops = [];
  let left = graph;
  for (const id of ids) {
    const here = removedOne(left, id);
    ops.push(...here);
    left = apply(left, here);
  }
  return { ops };
}

/** @param {Graph} graph @param {string} id */
function removedOne(graph, id) {
  /** @type {any[]} */
  const ops = [{ op: "delete_node", id }];
  const kind = kindOf(graph, id);
  const gone = graph.edges.filter((edge) => edge.from === id || edge.to === id);
  for (const old of kind ? wiresFrom(graph, id) : []) {
    const type = kind.outputs.find((port) => port.name === old.from_port)?.type;
    const before = kind.inputs.filter((port) => port.type === type).flatMap((port) => wiresInto(graph, id, port.name));
    if (!before.length) continue;
    const edge = { from: before[0].from, from_port: before[0].from_port, to: old.to, to_port: old.to_port };
    if (isThere(graph, edge)) continue;
    const at = graph.edges.indexOf(old);
    const earlier = gone.filter((one) => graph.edges.indexOf(one) < at).length;
    ops.push({ ...connected(edge), at: at - earlier + ops.length - 1 });
  }
  return ops;
}

// Wires

/**
 * A new wire. When its input is taken, `instead` is the wire that would have to go, and the operations replace it.
 * @param {Graph} graph
 * @param {Edge} edge
 * @returns {Plan & {instead?: Edge}}
 */
export function wired(graph, edge) {
  const reason = refusal(graph, edge);
  if (!reason) return { ops: [connected(edge)] };
  const old = replaced(graph, edge);
  if (old) return { ops: rewired(graph, old, edge), instead: old, refusal: reason };
  // Where the input is free and the wire still may not be, that is the reason to say.
  const others = wiresInto(graph, edge.to, edge.to_port).filter((one) => !isSame(one, edge));
  const deeper = isThere(graph, edge) || portOf(graph, { to: edge.to, to_port: edge.to_port })?.many ? "" : refusal(without(graph, others), edge);
  return { refusal: deeper || reason };
}

/**
 * One end of a wire put somewhere else.
 * @param {Graph} graph
 * @param {Edge} old
 * @param {Edge} edge
 * @returns {Plan & {instead?: Edge}}
 */
export function replugged(graph, old, edge) {
  if (isSame(old, edge)) return { ops: [] };
  const plan = wired(without(graph, [old]), edge);
  if (!plan.ops) return plan;
  if (!plan.instead) return { ops: rewired(graph, old, edge) };
  return { ...plan, ops: [disconnected(plan.instead), ...rewired(without(graph, [plan.instead]), old, edge)] };
}

/** @param {Edge[]} edges @returns {Plan} */
export function unwired(edges) {
  return { ops: edges.map(disconnected) };
}

// Parts

/** @param {string} id @param {string} kind @param {Place} place */
function added(id, kind, { x, y }) {
  return { op: "add_node", id, kind, params: {}, x, y };
}

/** @param {Edge} edge */
function connected({ from, from_port, to, to_port }) {
  return { op: "connect", from, from_port, to, to_port };
}

/** @param {Edge} edge */
function disconnected({ from, from_port, to, to_port }) {
  return { op: "disconnect", from, from_port, to, to_port };
}

/** One wire in the place of another. @param {Graph} graph @param {Edge} old @param {Edge} edge */
function rewired(graph, old, edge) {
  const at = graph.edges.findIndex((one) => isSame(one, old));
  return [disconnected(old), { ...connected(edge), at }];
}

/** @param {Graph} graph @param {string} id @param {Place} place */
function moved(graph, id, { x, y }) {
  const now = placeOf(graph, id);
  return now.x === x && now.y === y ? [] : [{ op: "move", id, x, y }];
}

/** @param {Graph} graph @param {Edge[]} following @param {Place} place */
function roomForAll(graph, following, place) {
  /** @type {Map<string, any>} */
  const moves = new Map();
  for (const edge of following) {
    for (const move of roomBefore(graph, edge.to, place)) {
      const known = moves.get(move.id);
      if (!known || known.x < move.x) moves.set(move.id, move);
    }
  }
  return [...moves.values()];
}

/** Whether steps of this kind take one thing and give one of the same type, so that they stand in a chain. @param {any} kind */
function passesThrough(kind) {
  return kind.inputs.length === 1 && kind.outputs.length === 1 && kind.inputs[0].type === kind.outputs[0].type;
}

/** @param {any} source @param {any} target @param {string} [output] @returns {any[] | null} */
function portsBetween(source, target, output) {
  for (const leaving of source?.outputs ?? []) {
    const entering = target.inputs.find((port) => port.type === leaving.type);
    if (entering && (!output || output === leaving.name)) return [leaving, entering];
  }
  return null;
}

/** The input and the output by which a kind stands in a wire. @param {Graph} graph @param {Edge} edge @param {any} kind */
function portsWithin(graph, edge, kind) {
  const type = portOf(graph, { from: edge.from, from_port: edge.from_port })?.type;
  const entering = kind?.inputs.find((port) => port.type === type);
  const leaving = kind?.outputs.find((port) => port.type === type);
  return entering && leaving ? [entering, leaving] : null;
}

/** @param {Graph} graph @param {Edge} edge @param {any} kind */
function cannotStand(graph, edge, kind) {
  const type = portOf(graph, { from: edge.from, from_port: edge.from_port })?.type;
  const takes = kind.inputs.length ? `takes ${listed(kind.inputs)}` : "takes nothing";
  const names = `'${nameOf(graph, edge.from)}' and '${nameOf(graph, edge.to)}'`;
  return `Between ${names} goes a ${type}; '${kind.label}' ${takes} and gives ${listed(kind.outputs)}.`;
}

/** @param {Graph} graph @param {any} kind @param {string} after */
function apart(graph, kind, after) {
  const gives = listed(kindOf(graph, after)?.outputs ?? []);
  return `It takes ${listed(kind.inputs)}, '${nameOf(graph, after)}' gives ${gives}, so it is not connected yet.`;
}
