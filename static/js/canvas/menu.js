// The menu of what can be done here: right button, long press, Shift+F10. Arrow keys, Home, End and letters go through it.
import { iconOf } from "./icons.js";
import { place } from "./saying.js";
import { itemsFor } from "./menu_items.js";
import { clearSelection, marked, select, selected } from "./selection.js";
import { atHand, elementOf, portAtHand } from "./walking.js";

const LONG = 550;
const FAR = 8;
/** @type {HTMLElement | null} */
let open = null;
/** @type {HTMLElement | null} */
let back = null;

/** @param {any} canvas */
export function start(canvas) {
  const outside = canvas.root.parentElement;
  outside.addEventListener("contextmenu", (event) => {
    if (!canvas.root.contains(event.target) || event.target.closest("input, textarea, .canvas-minimap")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.button === 2 || event.pointerType === "mouse") at(canvas, event.target, event);
  }, true);
  canvas.root.addEventListener("canvas-menu", ({ detail }) => {
    if (!open) at(canvas, document.elementFromPoint(detail.clientX, detail.clientY), detail);
  });
  longPress(canvas);
  document.addEventListener("pointerdown", (event) => {
    if (open && !open.contains(/** @type {Node} */ (event.target))) close(false);
  }, true);
  window.addEventListener("blur", () => close(false));
  canvas.root.addEventListener("wheel", () => close(false), { passive: true });
}

export function isOpen() {
  return open !== null;
}

/** By a key: at the card, note or port with the focus. @param {any} canvas */
export function openAtHand(canvas) {
  const element = portAtHand() ? document.activeElement : elementOf(atHand()) ?? canvas.root;
  const box = element.getBoundingClientRect();
  const inside = element === canvas.root ? 3 : 2;
  at(canvas, element, { clientX: box.left + box.width / inside, clientY: box.top + box.height / inside });
  return true;
}

/** @param {any} canvas @param {Element | null} target @param {import("./saying.js").Spot} spot */
function at(canvas, target, { clientX, clientY }) {
  if (!target || !canvas.root.contains(target)) return;
  const spot = { clientX, clientY };
  const step = target.closest(".canvas-step")?.getAttribute("data-step") ?? "";
  const mark = /** @type {HTMLElement | null} */ (target.closest("[data-mark]"));
  const key = mark ? `${mark.dataset.mark}:${mark.dataset.id}` : "";
  const edge = step || key ? null : canvas.wires?.at?.(spot) ?? null;
  if (step && !selected.has(step)) select([step], [], { quiet: true });
  else if (key && !marked.has(key)) select([], [key], { quiet: true });
  else if (!step && !key && edge) clearSelection();
  show(canvas, itemsFor(canvas, { step, key, edge, spot }), spot);
}

/** @param {any} canvas @param {import("./menu_items.js").Item[]} items @param {import("./saying.js").Spot} spot */
function show(canvas, items, spot) {
  close(false);
  if (!items.length) return;
  back = document.activeElement instanceof HTMLElement && canvas.root.contains(document.activeElement) ? document.activeElement : null;
  const menu = document.createElement("div");
  // No class of Bootstrap's menus: its script would take the keys.
  menu.className = "canvas-menu";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "What can be done here");
  let group = items[0].group;
  for (const item of items) {
    if (item.group !== group) {
      const line = document.createElement("div");
      line.className = "dropdown-divider";
      line.setAttribute("role", "separator");
      menu.append(line);
    }
    group = item.group;
    menu.append(buttonOf(item));
  }
  menu.addEventListener("keydown", key);
  menu.addEventListener("contextmenu", (event) => event.preventDefault());
  document.body.append(menu);
  open = menu;
  place(menu, spot, 2);
  /** @type {HTMLElement} */ (menu.querySelector("button")).focus({ preventScroll: true });
}

/** @param {import("./menu_items.js").Item} item */
function buttonOf({ icon, words, keys, run, colour }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dropdown-item";
  button.setAttribute("role", "menuitem");
  button.tabIndex = -1;
  if (colour) {
    const dot = document.createElement("span");
    dot.className = "canvas-colour";
    dot.dataset.colour = colour;
    button.append(dot);
  } else button.append(iconOf(icon));
  button.append(Object.assign(document.createElement("span"), { textContent: words }));
  if (keys) button.append(Object.assign(document.createElement("kbd"), { className: "menu-key", textContent: keys, ariaHidden: "true" }));
  button.addEventListener("click", () => {
    close(true);
    run();
  });
  return button;
}

/** @param {boolean} returns whether the focus goes back */
function close(returns) {
  if (!open) return;
  open.remove();
  open = null;
  if (returns && back?.isConnected) back.focus({ preventScroll: true });
  back = null;
}

/** @param {KeyboardEvent} event */
function key(event) {
  const buttons = /** @type {HTMLElement[]} */ ([...open.querySelectorAll("button")]);
  const now = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
  if (next !== undefined) buttons.at(next % buttons.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else if (event.key.length === 1 && !event.ctrlKey) {
    const letter = event.key.toLowerCase();
    [...buttons.slice(now + 1), ...buttons.slice(0, now + 1)].find((one) => one.textContent.trim().toLowerCase().startsWith(letter))?.focus();
    if (event.key === " ") return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** A finger that stays. @param {any} canvas */
function longPress(canvas) {
  let timer = 0;
  let began = null;
  const stop = () => {
    clearTimeout(timer);
    began = null;
  };
  canvas.root.addEventListener("pointerdown", (event) => {
    stop();
    if (event.pointerType !== "touch" || !event.isPrimary || event.target.closest("[data-port], button, input, textarea, .mark-grip")) return;
    began = { x: event.clientX, y: event.clientY };
    const { target, clientX, clientY, pointerId } = event;
    timer = window.setTimeout(() => {
      stop();
      // The finger is still down: what it held is let go.
      canvas.root.dispatchEvent(new PointerEvent("pointercancel", { bubbles: true, pointerId, pointerType: "touch" }));
      at(canvas, target, { clientX, clientY });
    }, LONG);
  }, true);
  window.addEventListener("pointermove", (event) => {
    if (began && Math.hypot(event.clientX - began.x, event.clientY - began.y) > FAR) stop();
  }, true);
  for (const type of ["pointerup", "pointercancel"]) window.addEventListener(type, stop, true);
}
