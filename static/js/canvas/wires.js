// Wires: their names, their course, their colour.
import { curve } from "./geometry.js";

/**
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {import("./geometry.js").Point} Point
 */

const SVG = "http://www.w3.org/2000/svg";

/** One name for each wire; no id and no port has a slash or a space. @param {Edge} edge */
export function keyOf({ from, from_port, to, to_port }) {
  return `${from}/${from_port} ${to}/${to_port}`;
}

/** @param {Point} start @param {Point} end */
export function wirePath(start, end) {
  return curve(start, end);
}

/** @param {Element} element @param {string} key @param {string} type */
export function markWire(element, key, type) {
  element.setAttribute("data-edge", key);
  element.firstElementChild.setAttribute("data-edge", key);
  element.setAttribute("data-type", type);
  element.setAttribute("aria-hidden", "true");
}

/** A wire that hangs at the hand. @param {string} type @returns {SVGElement} */
export function looseWire(type) {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", "connection-loose");
  element.setAttribute("data-type", type);
  element.setAttribute("aria-hidden", "true");
  element.append(document.createElementNS(SVG, "path"));
  return element;
}
