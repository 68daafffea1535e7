// Where a new step goes: the same distances as apps/workflows/places.py, on the grid of the canvas.
import { followers } from "./rules.js";

/** From one card to the next. */
export const STEP_X = 240;
/** Closer than this, two cards would touch. */
const CARD_X = 200;
const CARD_Y = 100;
export const CARD_WIDTH = 184;
/** Where the ports of a card are, from its top; a card that is dropped is held there. */
export const CARD_MIDDLE = 40;
const GRID = 20;

/** @typedef {{x: number, y: number}} Place */

/** @param {Place} place @returns {Place} */
export function onGrid({ x, y }) {
  return { x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID };
}

/** @param {any} graph @param {string} id @returns {Place} */
export function placeOf(graph, id) {
  const step = graph.nodes.find((one) => one.id === id);
  return { x: step?.x ?? 0, y: step?.y ?? 0 };
}

/** The first place that is free from here downwards. @param {any} graph @param {Place} place @returns {Place} */
export function freePlace(graph, { x, y }) {
  let down = y;
  while (graph.nodes.some((step) => touches(step, x, down))) down += GRID;
  return { x, y: down };
}

/** @param {{x?: number, y?: number}} step @param {number} x @param {number} y */
function touches(step, x, y) {
  return Math.abs(x - (step.x ?? 0)) < CARD_X && Math.abs(y - (step.y ?? 0)) < CARD_Y;
}

/** The place right of a step. @param {any} graph @param {string} id @returns {Place} */
export function placeAfter(graph, id) {
  const { x, y } = placeOf(graph, id);
  return freePlace(graph, { x: x + STEP_X, y });
}

/**
 * The place of a card that is put into a wire: where it was dropped, but right of the card that the wire comes from.
 * @param {any} graph
 * @param {{from: string}} edge
 * @param {Place} place
 * @param {string} [id] the card, when it lies on the canvas already
 */
export function placeBetween(graph, edge, place, id) {
  const { x, y } = onGrid(place);
  const from = placeOf(graph, edge.from);
  const isBeside = Math.abs(y - from.y) < CARD_Y;
  const behind = followers(graph, edge.from);
  // What follows makes room; what only lies there does not.
  const others = { nodes: graph.nodes.filter((step) => step.id !== id && !behind.has(step.id)) };
  return freePlace(others, { x: isBeside ? Math.max(x, from.x + STEP_X) : x, y });
}

/**
 * The moves that make room for a card in front of a step: it and what follows it go to the right, as far as is needed.
 * @param {any} graph
 * @param {string} id the first step that has to be right of the new card
 * @param {Place} place where the new card stands
 */
export function roomBefore(graph, id, place) {
  const behind = followers(graph, id).add(id);
  const steps = graph.nodes.filter((step) => behind.has(step.id));
  if (!steps.some((step) => touches(step, place.x, place.y))) return [];
  const shift = place.x + STEP_X - Math.min(...steps.map((step) => step.x ?? 0));
  return shift > 0 ? steps.map((step) => ({ op: "move", id: step.id, x: (step.x ?? 0) + shift, y: step.y ?? 0 })) : [];
}
