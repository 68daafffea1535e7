// What an empty canvas says: how a workflow begins. The words and links are those of the outline.

/** @param {import("./canvas.js").Canvas} canvas */
export function drawEmpty(canvas) {
  const present = canvas.root.querySelector(":scope > .canvas-empty");
  if (canvas.doc.graph.nodes.length) {
    present?.remove();
    return;
  }
  if (present) return;
  const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("canvas-empty"));
  const place = document.createElement("div");
  place.className = "canvas-empty";
  if (words) place.append(words.content.cloneNode(true));
  canvas.root.append(place);
}
