// The boxes of what lies on the canvas, as they are drawn now.
/** @typedef {import("./arranging.js").Box} Box */

export const CARD = { width: 184, height: 90 };
export const NOTE = { width: 200, height: 100 };
export const FRAME = { width: 440, height: 240 };

/** @param {any} canvas @param {Iterable<string>} [ids] @returns {Box[]} */
export function stepBoxes(canvas, ids) {
  const wanted = ids ? new Set(ids) : null;
  return canvas.doc.graph.nodes.filter((step) => !wanted || wanted.has(step.id)).map((step) => {
    const card = canvas.stepElement(step.id);
    return { id: step.id, x: step.x ?? 0, y: step.y ?? 0, width: card?.offsetWidth || CARD.width, height: card?.offsetHeight || CARD.height };
  });
}

/** Notes and frames, their ids as "note:ID". @param {any} canvas @param {Iterable<string>} [keys] @returns {Box[]} */
export function markBoxes(canvas, keys) {
  const wanted = keys ? new Set(keys) : null;
  const of = (what, usual) => (canvas.doc.graph[`${what}s`] ?? []).map((item) => ({
    id: `${what}:${item.id}`, x: item.x ?? 0, y: item.y ?? 0, width: item.width ?? usual.width, height: item.height ?? usual.height,
  }));
  return [...of("note", NOTE), ...of("frame", FRAME)].filter((box) => !wanted || wanted.has(box.id));
}
