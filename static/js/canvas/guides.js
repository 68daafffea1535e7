// The lines that show along what a card lies while it is pulled.
/** @type {HTMLElement[]} */
let lines = [];

/** @param {any} canvas @param {import("./arranging.js").Guide[]} guides */
export function showGuides(canvas, guides) {
  hideGuides();
  const { x, y, zoom } = canvas.view;
  lines = guides.map((guide) => {
    const line = document.createElement("div");
    line.className = "canvas-guide";
    const along = guide.axis === "x";
    const at = guide.at * zoom + (along ? x : y);
    const from = guide.from * zoom + (along ? y : x);
    const length = (guide.to - guide.from) * zoom;
    Object.assign(line.style, along
      ? { left: `${at}px`, top: `${from}px`, width: "1px", height: `${length}px` }
      : { left: `${from}px`, top: `${at}px`, width: `${length}px`, height: "1px" });
    canvas.root.append(line);
    return line;
  });
}

export function hideGuides() {
  for (const line of lines) line.remove();
  lines = [];
}
