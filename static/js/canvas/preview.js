// Dashed wires over the canvas that show what will be when the pointer is let go.
import { curve } from "./geometry.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {import("./geometry.js").Point} Point */

/**
 * Shows wires between points of the window; earlier ones go.
 * @param {any} canvas
 * @param {{start: Point, end: Point, type?: string}[]} wires
 */
export function preview(canvas, wires) {
  const sheet = sheetOf(canvas);
  const origin = canvas.root.getBoundingClientRect();
  const within = ({ x, y }) => ({ x: x - origin.left, y: y - origin.top });
  sheet.replaceChildren(...wires.map(({ start, end, type }) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", curve(within(start), within(end)));
    path.setAttribute("class", `canvas-preview-wire${type ? ` is-${type}` : ""}`);
    return path;
  }));
}

/** @param {any} canvas */
export function clearPreview(canvas) {
  canvas.root.querySelector(":scope > .canvas-preview")?.remove();
}

/** @param {any} canvas @returns {SVGElement} */
function sheetOf(canvas) {
  const present = canvas.root.querySelector(":scope > .canvas-preview");
  if (present) return present;
  const sheet = document.createElementNS(SVG, "svg");
  sheet.setAttribute("class", "canvas-preview");
  sheet.setAttribute("aria-hidden", "true");
  canvas.root.append(sheet);
  return sheet;
}
