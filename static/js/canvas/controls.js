// The buttons of the view: zoom out, how large it is, zoom in, fit, the small map.
import { iconOf } from "./icons.js";

const STEP = 1.25;

/** @param {import("./canvas.js").Canvas} canvas */
export function startControls(canvas) {
  const bar = document.createElement("div");
  bar.className = "canvas-controls";
  bar.dataset.canvasTool = "";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "View of the canvas");
  const size = button("", "Show at 100 %", () => canvas.zoomBy(1 / canvas.view.zoom));
  size.classList.add("canvas-zoom");
  bar.append(
    button("minus", "Zoom out", () => canvas.zoomBy(1 / STEP)),
    size,
    button("plus", "Zoom in", () => canvas.zoomBy(STEP)),
    button("maximize", "Show everything", () => canvas.fit()),
  );
  canvas.root.append(bar);
  const show = () => {
    const words = `${Math.round(canvas.view.zoom * 100)} %`;
    if (size.textContent === words) return;
    size.textContent = words;
    size.setAttribute("aria-label", `${words}: show at 100 %`);
  };
  canvas.root.addEventListener("canvas-viewed", show);
  show();
}

/** @param {string} icon @param {string} words @param {() => void} run */
export function button(icon, words, run) {
  const element = document.createElement("button");
  element.type = "button";
  element.title = words;
  element.setAttribute("aria-label", words);
  if (icon) element.append(iconOf(icon));
  element.addEventListener("click", run);
  return element;
}
