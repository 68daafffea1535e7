// Operations on graph JSON in the browser: what flowza/engine/edits.py does, so that the page shows a change at once. A
// graph is never changed in place. What has no target, and a wire that may not be, is refused in the server's words;
// the values of settings are checked by the server alone.
import { nameOf, refusal } from "./rules.js";

/**
 * @typedef {Record<string, any>} Op
 * @typedef {Record<string, any>} Graph
 */

const LISTS = { node: "nodes", note: "notes", frame: "frames" };
const ENDS = ["from", "from_port", "to", "to_port"];

/** An operation that cannot be done; the message says why. */
export class NoTarget extends Error {}

/**
 * The graph after the operations. Throws NoTarget.
 * @param {Graph} graph
 * @param {Op[]} ops
 * @returns {Graph}
 */
export function apply(graph, ops) {
  return ops.reduce((present, op) => {
    const reason = op.op === "connect" ? refusal(/** @type {any} */ (present), /** @type {any} */ (op)) : "";
    if (reason) throw new NoTarget(reason);
    return done(present, op);
  }, graph);
}

/**
 * The graph after operations that the server has accepted. Throws NoTarget where it is not the graph they were done on.
 * @param {Graph} graph
 * @param {Op[]} ops
 * @returns {Graph}
 */
export function replay(graph, ops) {
  return ops.reduce(done, graph);
}

/** @param {Graph} graph @param {Op} op */
function done(graph, op) {
  if (!Object.hasOwn(HANDLERS, op.op)) throw new NoTarget(`There is no operation '${op.op}'.`);
  return HANDLERS[op.op](graph, op);
}

/** @param {any} one @param {any} other */
function isSameEdge(one, other) {
  return ENDS.every((name) => one[name] === other[name]);
}

/** @param {Op} op */
function listOf(op) {
  return LISTS[op.op.split("_")[1]];
}

/** @param {Graph} graph @param {string} name @param {string} id */
function placeOf(graph, name, id) {
  const place = (graph[name] ?? []).findIndex((item) => item.id === id);
  const word = name === "nodes" ? "step" : name.slice(0, -1);
  if (place < 0) throw new NoTarget(`There is no ${word} '${id.slice(0, 64)}'. It may have been deleted.`);
  return place;
}

/** @param {any[]} items @param {any} item @param {number | undefined} at */
function inserted(items, item, at) {
  const place = at ?? items.length;
  return [...items.slice(0, place), item, ...items.slice(place)];
}

/** @param {Graph} graph @param {string} name @param {string} id @param {(item: any) => any} change */
function changed(graph, name, id, change) {
  const place = placeOf(graph, name, id);
  return { ...graph, [name]: graph[name].map((item, index) => (index === place ? change(item) : item)) };
}

/** @param {Record<string, any>} values @param {Op} op */
function withFields(values, op) {
  const gone = op.unset ?? [];
  const kept = Object.fromEntries(Object.entries(values).filter(([name]) => !gone.includes(name)));
  return { ...kept, ...op.set };
}

/** @param {Graph} graph @param {Op} op */
function add(graph, op) {
  const name = listOf(op);
  if ((graph[name] ?? []).some((item) => item.id === op.id)) {
    throw new NoTarget(`There is a ${name === "nodes" ? "step" : name.slice(0, -1)} '${op.id}' already.`);
  }
  const { op: _, at, ...item } = op;
  return { ...graph, [name]: inserted(graph[name] ?? [], item, at) };
}

/** @param {Graph} graph @param {Op} op */
function remove(graph, op) {
  const name = listOf(op);
  placeOf(graph, name, op.id);
  const left = { ...graph, [name]: graph[name].filter((item) => item.id !== op.id) };
  if (name !== "nodes") return left;
  return { ...left, edges: graph.edges.filter((edge) => edge.from !== op.id && edge.to !== op.id) };
}

/** @param {Graph} graph @param {Op} op */
function connect(graph, op) {
  const edge = Object.fromEntries(ENDS.map((name) => [name, op[name]]));
  return { ...graph, edges: inserted(graph.edges, edge, op.at) };
}

/** @param {Graph} graph @param {Op} op */
function disconnect(graph, op) {
  const place = graph.edges.findIndex((edge) => isSameEdge(edge, op));
  if (place < 0) {
    placeOf(graph, "nodes", op.from);
    placeOf(graph, "nodes", op.to);
    const [source, target] = [nameOf(/** @type {any} */ (graph), op.from), nameOf(/** @type {any} */ (graph), op.to)];
    throw new NoTarget(`'${source}' is not connected to '${target}' there.`);
  }
  return { ...graph, edges: graph.edges.filter((_, index) => index !== place) };
}

/** @param {string} field */
function withText(field) {
  return (graph, op) => changed(graph, "nodes", op.id, ({ [field]: _, ...rest }) => (op[field] ? { ...rest, [field]: op[field] } : rest));
}

/** @param {Graph} graph @param {Op} op */
function order(graph, op) {
  const result = { ...graph };
  for (const [name, wanted] of Object.entries(op)) {
    if (name === "op") continue;
    const places = new Map(wanted.map((one, place) => [JSON.stringify(one), place]));
    const key = (item) => JSON.stringify(name === "edges" ? ENDS.map((end) => item[end]) : item.id);
    const rank = (item) => places.get(key(item)) ?? places.size;
    result[name] = [...(graph[name] ?? [])].sort((one, other) => rank(one) - rank(other));
  }
  return result;
}

/** @param {Graph} graph @param {Op} op */
function edit(graph, op) {
  return changed(graph, listOf(op), op.id, (item) => withFields(item, op));
}

/** @type {Record<string, (graph: Graph, op: Op) => Graph>} */
const HANDLERS = {
  add_node: add,
  delete_node: remove,
  connect,
  disconnect,
  set_params: (graph, op) => changed(graph, "nodes", op.id, (item) => ({ ...item, params: withFields(item.params ?? {}, op) })),
  rename: withText("label"),
  comment: withText("note"),
  move: (graph, op) => changed(graph, "nodes", op.id, (item) => ({ ...item, x: op.x, y: op.y })),
  add_note: add,
  edit_note: edit,
  delete_note: remove,
  add_frame: add,
  edit_frame: edit,
  delete_frame: remove,
  set_graph: (graph, op) => withFields(graph, op),
  order,
};
