// Where ports and wires are, in the window and on the canvas, and how near a place is to a wire.
const SAMPLES = 32;

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {import("./rules.js").Edge} Edge
 * @typedef {{edge: Edge, points: Point[]}} Course a wire as points on the canvas
 */

/** The middle of an element, in the window. @param {Element} element @returns {Point} */
export function middle(element) {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}

/** The course of a wire between two points, as the canvas draws it. @param {Point} start @param {Point} end */
export function curve(start, end) {
  const reach = Math.max(Math.abs(end.x - start.x) / 2, Math.min(60, Math.hypot(end.x - start.x, end.y - start.y) / 2));
  return `M ${start.x} ${start.y} C ${start.x + reach} ${start.y} ${end.x - reach} ${end.y} ${end.x} ${end.y}`;
}

/** The wires of the canvas as they are drawn now. @param {any} canvas @returns {Course[]} */
export function courses(canvas) {
  return canvas.wireElements().flatMap((path) => {
    const edge = canvas.edgeOf(path);
    return edge ? courseOf(edge, path) : [];
  });
}

/** @param {Edge} edge @param {Element} path @returns {Course[]} one; none while it is not laid */
export function courseOf(edge, path) {
  const points = pointsOf(path.getAttribute("d") ?? "");
  return points.length ? [{ edge, points }] : [];
}

/**
 * Points along a path of one or more cubic curves, "M x y C x y x y x y …".
 * @param {string} d
 * @returns {Point[]}
 */
function pointsOf(d) {
  const numbers = (d.match(/-?\d+(?:\.\d+)?(?:e-?\d+)?/gi) ?? []).map(Number);
  const points = [];
  for (let at = 0; at + 7 < numbers.length; at += 6) {
    const [ax, ay, bx, by, cx, cy, dx, dy] = numbers.slice(at, at + 8);
    for (let step = 0; step <= SAMPLES; step += 1) {
      const t = step / SAMPLES;
      const u = 1 - t;
      points.push({
        x: u * u * u * ax + 3 * u * u * t * bx + 3 * u * t * t * cx + t * t * t * dx,
        y: u * u * u * ay + 3 * u * u * t * by + 3 * u * t * t * cy + t * t * t * dy,
      });
    }
  }
  return points;
}

/** @param {Point[]} points */
export function lengthOf(points) {
  return points.reduce((sum, point, at) => (at ? sum + Math.hypot(point.x - points[at - 1].x, point.y - points[at - 1].y) : 0), 0);
}

/** The place on a course that is so far from its beginning. @param {Point[]} points @param {number} far */
export function along(points, far) {
  return points.find((_, at) => lengthOf(points.slice(0, at + 1)) >= far) ?? points[points.length - 1];
}

/**
 * The wire nearest to a place on the canvas, if one is within reach.
 * @param {Course[]} wires
 * @param {Point} place
 * @param {number} reach
 * @returns {Edge | null}
 */
export function nearest(wires, place, reach) {
  let found = null;
  let least = reach;
  for (const { edge, points } of wires) {
    for (let at = 1; at < points.length; at += 1) {
      const far = distance(place, points[at - 1], points[at]);
      if (far < least) {
        least = far;
        found = edge;
      }
    }
  }
  return found;
}

/** From a place to a straight piece. @param {Point} place @param {Point} start @param {Point} end */
function distance(place, start, end) {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((place.x - start.x) * dx + (place.y - start.y) * dy) / length)) : 0;
  return Math.hypot(place.x - start.x - along * dx, place.y - start.y - along * dy);
}
