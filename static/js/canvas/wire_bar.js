// The bar of a chosen wire and the handles of its ends: their buttons, and where they stand.
import { along, lengthOf, middle } from "./geometry.js";
import { iconOf } from "./icons.js";
import { CARD_MIDDLE } from "./placing.js";

/** How far from its port a handle stands on the wire; on a wire that is too short for that they are in the bar. */
const BESIDE = 30;
const SHORT = 150;
/** How far above the wire, or above the cards, the bar stands. */
const ABOVE = 10;
/** From the end of the bar to the middle of the handle in it. */
const HANDLE = 16;

/**
 * @param {HTMLElement} tools the bar, the handle where the wire comes from, the one where it goes to
 * @param {import("./geometry.js").Point[]} points the course of the wire, in pixels of the canvas as it is seen
 * @param {number} zoom
 */
export function layTools(tools, points, zoom) {
  const at = points[Math.floor(points.length / 2)];
  const [bar, from, to] = /** @type {HTMLElement[]} */ ([...tools.children]);
  const isShort = lengthOf(points) < SHORT;
  tools.classList.toggle("is-short", isShort);
  const { offsetWidth: width, offsetHeight: height } = bar;
  // Over a short wire it stands above both cards.
  const top = at.y - (isShort ? CARD_MIDDLE * zoom + ABOVE : ABOVE) - height;
  put(bar, { x: at.x - width / 2, y: top });
  const aside = width / 2 - HANDLE;
  put(from, isShort ? { x: at.x - aside, y: top + height / 2 } : along(points, BESIDE));
  put(to, isShort ? { x: at.x + aside, y: top + height / 2 } : along([...points].reverse(), BESIDE));
}

/** @param {HTMLElement} element @param {import("./geometry.js").Point} place */
function put(element, { x, y }) {
  element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
}

/** @param {string} icon @param {string} words @param {(event: MouseEvent) => void} run */
export function buttonOf(icon, words, run) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", words);
  button.title = words;
  if (icon) button.append(iconOf(icon));
  button.addEventListener("click", run);
  return button;
}

/** Where a button was pressed; its own place when it was pressed by a key. @param {MouseEvent} event @returns {import("./saying.js").Spot} */
export function spotOf(event) {
  const { x, y } = middle(/** @type {Element} */ (event.currentTarget));
  return { clientX: x, clientY: y };
}
