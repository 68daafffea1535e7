// Steps as text for the clipboard, and back: what comes in may be written by anybody, so all of it is checked before any
// of it is used. Ids are made anew, wires inside are kept. No page, no state.
import { kind as kindNamed } from "./catalogue.js";

const MARKER = "flowza-steps";
const VERSION = 1;
const LONGEST = 500_000;
const MOST = { steps: 500, wires: 5000, notes: 500, frames: 500 };
const MOST_DEPTH = 24;
const FURTHEST = 1e6;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
const ENDS = ["from", "from_port", "to", "to_port"];
const STEP = { id: "id", kind: "text", params: "object", label: "text", note: "text", version: "number", x: "number", y: "number" };
const NOTE = { id: "id", text: "long", color: "text", x: "number", y: "number", width: "number", height: "number" };
const FRAME = { id: "id", label: "text", color: "text", x: "number", y: "number", width: "number", height: "number" };
const WIRE = { from: "id", from_port: "text", to: "id", to_port: "text" };
const LISTS = { steps: STEP, wires: WIRE, notes: NOTE, frames: FRAME };
const NEEDED = { steps: ["id", "kind"], wires: ENDS, notes: ["id"], frames: ["id"] };

/** @typedef {{steps: any[], wires: any[], notes: any[], frames: any[]}} Clip */

/**
 * @param {any} graph
 * @param {{steps: Set<string>, notes?: Set<string>, frames?: Set<string>}} chosen
 * @returns {string} "" when nothing is chosen
 */
export function written(graph, { steps, notes = new Set(), frames = new Set() }) {
  const clip = {
    steps: graph.nodes.filter((step) => steps.has(step.id)).map((step) => only(step, STEP)),
    wires: graph.edges.filter((edge) => steps.has(edge.from) && steps.has(edge.to)).map((edge) => only(edge, WIRE)),
    notes: (graph.notes ?? []).filter((note) => notes.has(note.id)),
    frames: (graph.frames ?? []).filter((frame) => frames.has(frame.id)),
  };
  if (!clip.steps.length && !clip.notes.length && !clip.frames.length) return "";
  return JSON.stringify({ marker: MARKER, version: VERSION, ...clip });
}

/**
 * @param {string} text
 * @returns {{clip?: Clip, refusal?: string}} neither, when the text is none of ours
 */
export function read(text) {
  if (!text.includes(MARKER)) return {};
  if (text.length > LONGEST) return { refusal: "This is too much to paste at once. Copy fewer steps." };
  let raw;
  try {
    raw = JSON.parse(text);
  } catch {
    return {};
  }
  if (!isObject(raw) || raw.marker !== MARKER) return {};
  if (raw.version !== VERSION) return { refusal: "These steps were copied in another version of Flowza. Load both pages again, then copy them again." };
  return isClip(raw) ? { clip: raw } : { refusal: "What was copied is damaged. Copy the steps again." };
}

/** @param {any} raw @returns {boolean} */
function isClip(raw) {
  const names = Object.keys(raw).filter((name) => name !== "marker" && name !== "version");
  if (names.some((name) => !(name in LISTS)) || names.length !== Object.keys(LISTS).length) return false;
  if (isDeep(raw, MOST_DEPTH)) return false;
  const fit = names.every((name) => Array.isArray(raw[name]) && raw[name].length <= MOST[name] && raw[name].every((item) => isItem(item, LISTS[name], NEEDED[name])));
  if (!fit) return false;
  const ids = new Set(raw.steps.map((step) => step.id));
  return ids.size === raw.steps.length && raw.wires.every((wire) => ids.has(wire.from) && ids.has(wire.to));
}

/** @param {any} item @param {Record<string, string>} fields @param {string[]} needed */
function isItem(item, fields, needed) {
  if (!isObject(item) || needed.some((name) => !Object.hasOwn(item, name))) return false;
  return Object.entries(item).every(([name, value]) => Object.hasOwn(fields, name) && isValue(value, fields[name]));
}

/** @param {any} value @param {string} type */
function isValue(value, type) {
  if (type === "object") return isObject(value);
  if (type === "number") return typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= FURTHEST;
  if (typeof value !== "string") return false;
  return type === "id" ? ID.test(value) && !FORBIDDEN.has(value) : value.length <= (type === "long" ? 10_000 : 2_000);
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {any} value @param {number} levels */
function isDeep(value, levels) {
  let layer = [value];
  for (let level = 0; level < levels && layer.length; level += 1) {
    layer = layer.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return layer.length > 0;
}

/** @param {any} item @param {Record<string, string>} fields */
function only(item, fields) {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name in fields));
}

/**
 * The operations that put a clip into a graph.
 * @param {any} graph
 * @param {Clip} clip
 * @param {(corner: {x: number, y: number}) => {x: number, y: number}} shift from the clip's upper left corner: how far all of it goes
 * @returns {{ops?: any[], steps?: string[], notes?: string[], frames?: string[], refusal?: string}}
 */
export function pasted(graph, clip, shift) {
  const unknown = clip.steps.find((step) => !kindNamed(step.kind));
  if (unknown) return { refusal: `There is no step of the kind '${unknown.kind.slice(0, 60)}' here.` };
  const things = [...clip.steps, ...clip.notes, ...clip.frames];
  const corner = { x: Math.min(...things.map((one) => one.x ?? 0)), y: Math.min(...things.map((one) => one.y ?? 0)) };
  const by = shift(corner);
  const at = (one) => ({ x: (one.x ?? 0) + by.x, y: (one.y ?? 0) + by.y });
  const taken = new Set([...graph.nodes, ...(graph.notes ?? []), ...(graph.frames ?? [])].map((one) => one.id));
  const names = new Map(clip.steps.map((step) => [step.id, free(step.kind, taken)]));
  const ops = clip.steps.map((step) => ({ op: "add_node", params: {}, ...step, id: names.get(step.id), ...at(step) }));
  ops.push(...clip.wires.map((wire) => ({ op: "connect", ...wire, from: names.get(wire.from), to: names.get(wire.to) })));
  const marks = (what, list) => list.map((one) => ({ op: `add_${what}`, ...one, id: free(what, taken), ...at(one) }));
  const notes = marks("note", clip.notes);
  const frames = marks("frame", clip.frames);
  return { ops: [...ops, ...notes, ...frames], steps: [...names.values()], notes: notes.map((op) => op.id), frames: frames.map((op) => op.id) };
}

/** A name that is not taken, and from now on is. @param {string} stem @param {Set<string>} taken */
export function free(stem, taken) {
  let name = stem;
  for (let number = 2; taken.has(name); number += 1) name = `${stem}_${number}`;
  taken.add(name);
  return name;
}
