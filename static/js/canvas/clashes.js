// Whether somebody else changed what a change of this window is about to write: the same rules as the server's, for
// what waits here while others are quicker. A change remembers what it found; it clashes where something else stands.

/**
 * @typedef {import("./apply.js").Graph} Graph
 * @typedef {import("./apply.js").Op} Op
 * @typedef {string[]} Target ["param", step, field], ["label", step], ["comment", step], ["note field", id, field], …
 * @typedef {{target: Target, index: number, mine: any, theirs: any}} Clash
 */

const TEXTS = { rename: "label", comment: "comment" };
const EDITS = { edit_note: "note field", edit_frame: "frame field" };
/** Places never clash: the last one counts. */
const PLACES = new Set(["x", "y", "width", "height"]);

/** @param {Op} op @returns {Target[]} */
export function targetsOf(op) {
  const fields = [...Object.keys(op.set ?? {}), ...(op.unset ?? [])];
  if (op.op in TEXTS) return [[TEXTS[op.op], op.id]];
  if (op.op === "set_params") return fields.map((field) => ["param", op.id, field]);
  if (op.op === "set_graph") return fields.map((field) => ["graph", field]);
  if (op.op in EDITS) return fields.filter((field) => !PLACES.has(field)).map((field) => [EDITS[op.op], op.id, field]);
  return [];
}

/**
 * What stands at a target: null where it is not set, undefined where there is no such step, note or frame.
 * @param {Graph} graph
 * @param {Target} target
 */
export function valueAt(graph, [what, id, field]) {
  if (what === "graph") return graph[id] ?? null;
  const list = what.endsWith(" field") ? `${what.split(" ")[0]}s` : "nodes";
  const item = (graph[list] ?? []).find((one) => one.id === id);
  if (!item) return undefined;
  if (what === "param") return item.params?.[field] ?? null;
  if (what === "label") return item.label ?? "";
  if (what === "comment") return item.note ?? "";
  return item[field] ?? null;
}

/**
 * What operations find where they write, by target.
 * @param {Graph} graph
 * @param {Op[]} ops
 * @returns {Record<string, any>}
 */
export function found(graph, ops) {
  /** @type {Record<string, any>} */
  const values = {};
  for (const target of ops.flatMap(targetsOf)) {
    const value = valueAt(graph, target);
    if (value !== undefined) values[JSON.stringify(target)] = value;
  }
  return values;
}

/**
 * Where something else stands now than the operations found, and not what they want either.
 * @param {Graph} graph
 * @param {Op[]} ops
 * @param {Record<string, any>} was
 * @returns {Clash[]}
 */
export function clashesOf(graph, ops, was) {
  /** @type {Map<string, Clash>} */
  const clashes = new Map();
  for (const [index, op] of ops.entries()) {
    for (const target of targetsOf(op)) {
      const name = JSON.stringify(target);
      const theirs = valueAt(graph, target);
      if (!(name in was) || theirs === undefined) continue;
      const mine = wanted(op, target);
      if (isSame(theirs, was[name]) || isSame(theirs, mine)) clashes.delete(name);
      else clashes.set(name, { target, index, mine, theirs });
    }
  }
  return [...clashes.values()];
}

/**
 * The operations but for what clashes.
 * @param {Op[]} ops
 * @param {{target: Target}[]} clashes
 * @returns {Op[]}
 */
export function withoutClashes(ops, clashes) {
  const given = new Set(clashes.map((clash) => JSON.stringify(clash.target)));
  return ops.flatMap((op) => {
    const lost = targetsOf(op).filter((target) => given.has(JSON.stringify(target)));
    if (!lost.length) return [op];
    if (op.op in TEXTS) return [];
    const fields = new Set(lost.map((target) => target[target.length - 1]));
    const set = Object.fromEntries(Object.entries(op.set ?? {}).filter(([field]) => !fields.has(field)));
    const unset = (op.unset ?? []).filter((field) => !fields.has(field));
    return Object.keys(set).length || unset.length ? [{ ...op, set, unset }] : [];
  });
}

/** @param {Op} op @param {Target} target */
function wanted(op, target) {
  if (op.op === "rename") return op.label;
  if (op.op === "comment") return op.note;
  return op.set?.[target[target.length - 1]] ?? null;
}

/** Equal as JSON, in whatever order a database gives the parts back. @param {any} one @param {any} other @returns {boolean} */
export function isSame(one, other) {
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && isSame(one[name], other[name]));
}
