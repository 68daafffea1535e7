/** @param {import("./canvas.js").Canvas} canvas */
export function start(canvas) {
  if (canvas.readOnly) return;
}
