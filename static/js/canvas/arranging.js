// Where cards go that are aligned, distributed or moved, and the lines along which they snap. No page, no state.

/**
 * @typedef {{id: string, x: number, y: number, width: number, height: number}} Box
 * @typedef {{id: string, x: number, y: number}} Move
 * @typedef {"left" | "centre" | "right" | "top" | "middle" | "bottom"} Side
 * @typedef {{axis: "x" | "y", at: number, from: number, to: number}} Guide a line on the canvas; axis x: it stands at x
 */

export const GRID = 20;
const AXES = /** @type {const} */ ({ x: { size: "width", other: "y", across: "height" }, y: { size: "height", other: "x", across: "width" } });

/** The box around boxes. @param {Omit<Box, "id">[]} boxes */
export function around(boxes) {
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** @param {Box[]} boxes @param {Side} side @returns {Move[]} only of those that change */
export function aligned(boxes, side) {
  if (boxes.length < 2) return [];
  const all = around(boxes);
  const places = {
    left: (box) => ({ x: all.x, y: box.y }),
    centre: (box) => ({ x: Math.round(all.x + (all.width - box.width) / 2), y: box.y }),
    right: (box) => ({ x: all.x + all.width - box.width, y: box.y }),
    top: (box) => ({ x: box.x, y: all.y }),
    middle: (box) => ({ x: box.x, y: Math.round(all.y + (all.height - box.height) / 2) }),
    bottom: (box) => ({ x: box.x, y: all.y + all.height - box.height }),
  };
  return changedOnly(boxes, boxes.map((box) => ({ id: box.id, ...places[side](box) })));
}

/**
 * The same gap between each two; the first and the last stay.
 * @param {Box[]} boxes
 * @param {"x" | "y"} axis
 * @returns {Move[]}
 */
export function distributed(boxes, axis) {
  if (boxes.length < 3) return [];
  const { size } = AXES[axis];
  const row = [...boxes].sort((one, other) => one[axis] - other[axis]);
  const last = row[row.length - 1];
  const filled = row.reduce((sum, box) => sum + box[size], 0);
  const gap = (last[axis] + last[size] - row[0][axis] - filled) / (row.length - 1);
  let at = row[0][axis];
  const moves = row.map((box) => {
    const move = { id: box.id, x: box.x, y: box.y, [axis]: Math.round(at) };
    at += box[size] + gap;
    return move;
  });
  return changedOnly(row, moves);
}

/** @param {Box[]} boxes @param {Move[]} moves */
function changedOnly(boxes, moves) {
  const before = new Map(boxes.map((box) => [box.id, box]));
  return moves.filter((move) => move.x !== before.get(move.id).x || move.y !== before.get(move.id).y);
}

/**
 * How far something goes so that it lies in line with a neighbour, or else on the grid.
 * @param {Omit<Box, "id">} box where it would lie
 * @param {Omit<Box, "id">[]} others
 * @param {{reach?: number, grid?: number}} [how]
 * @returns {{dx: number, dy: number, guides: Guide[]}}
 */
export function snapped(box, others, { reach = 6, grid = GRID } = {}) {
  const shift = { x: 0, y: 0 };
  /** @type {Guide[]} */
  const guides = [];
  for (const axis of /** @type {const} */ (["x", "y"])) {
    const found = nearestLine(box, others, axis, reach);
    shift[axis] = found ? found.by : Math.round(box[axis] / grid) * grid - box[axis];
    if (!found) continue;
    const { other, across } = AXES[axis];
    guides.push({
      axis,
      at: found.at,
      from: Math.min(box[other], found.box[other]) - 10,
      to: Math.max(box[other] + box[across], found.box[other] + found.box[across]) + 10,
    });
  }
  return { dx: shift.x, dy: shift.y, guides };
}

/** Edges go to edges and middles to middles. @param {any} box @param {any[]} others @param {"x" | "y"} axis @param {number} reach */
function nearestLine(box, others, axis, reach) {
  const { size } = AXES[axis];
  let best = null;
  for (const one of others) {
    for (const part of [0, 0.5, 1]) {
      const at = one[axis] + part * one[size];
      const by = at - (box[axis] + part * box[size]);
      if (Math.abs(by) <= reach && (!best || Math.abs(by) < Math.abs(best.by))) best = { by, at, box: one };
    }
  }
  return best;
}

/** Whether two boxes touch. @param {Omit<Box, "id">} one @param {Omit<Box, "id">} other */
export function meets(one, other) {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

/** How far a free place is searched, in steps of the grid. */
const FAR = 60;
/** Above this many, boxes count as the one around them. */
const MANY = 40;

/**
 * The shift nearest to a wanted one by which boxes lie on none of the others; below all of them where there is none near.
 * @param {Omit<Box, "id">[]} boxes
 * @param {Omit<Box, "id">[]} others
 * @param {{x: number, y: number}} wanted
 * @param {Omit<Box, "id"> | null} [view] places wholly in it come first
 */
export function freeShift(boxes, others, wanted, view = null) {
  const moving = boxes.length > MANY ? [around(boxes)] : boxes;
  const all = around(boxes);
  const isFree = ({ x, y }) => !moving.some((box) => {
    const wide = { x: box.x + x - GRID / 2, y: box.y + y - GRID / 2, width: box.width + GRID, height: box.height + GRID };
    return others.some((other) => meets(wide, other));
  });
  const isSeen = ({ x, y }) => !view || (all.x + x >= view.x && all.y + y >= view.y
    && all.x + x + all.width <= view.x + view.width && all.y + y + all.height <= view.y + view.height);
  let unseen = null;
  for (let ring = 0; ring <= FAR; ring += 1) {
    for (const [right, down] of ringOf(ring)) {
      const shift = { x: wanted.x + right * GRID, y: wanted.y + down * GRID };
      if ((unseen && !isSeen(shift)) || !isFree(shift)) continue;
      if (isSeen(shift)) return shift;
      unseen = shift;
    }
  }
  if (unseen) return unseen;
  const below = around(others);
  return { x: wanted.x, y: Math.ceil((below.y + below.height + GRID - all.y) / GRID) * GRID };
}

/** The places of a square ring around a place, those below and right of it first. @param {number} ring @returns {number[][]} */
function ringOf(ring) {
  if (!ring) return [[0, 0]];
  const places = [];
  for (let along = 0; along <= ring; along += 1) {
    for (const way of along ? [along, -along] : [0]) places.push([way, ring], [ring, way], [way, -ring], [-ring, way]);
  }
  return places;
}

/** Whether the middle of a box lies in another. @param {Omit<Box, "id">} frame @param {Omit<Box, "id">} box */
export function holds(frame, box) {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height;
}

/**
 * The box that is next in a direction: as near as can be, and rather ahead than aside.
 * @param {Box} from
 * @param {Box[]} boxes
 * @param {"left" | "right" | "up" | "down"} way
 * @returns {Box | null}
 */
export function neighbour(from, boxes, way) {
  const axis = way === "left" || way === "right" ? "x" : "y";
  const sign = way === "right" || way === "down" ? 1 : -1;
  const centre = (box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const here = centre(from);
  const { other } = AXES[axis];
  let best = null;
  let least = Infinity;
  for (const box of boxes) {
    if (box.id === from.id) continue;
    const there = centre(box);
    const ahead = (there[axis] - here[axis]) * sign;
    const aside = Math.abs(there[other] - here[other]);
    if (ahead <= 1 || ahead + 2 * aside >= least || aside > ahead * 4) continue;
    least = ahead + 2 * aside;
    best = box;
  }
  return best;
}
