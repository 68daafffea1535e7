// A sentence where the person looks: at the pointer. It is spoken too. It may come with an offer.
const SECONDS = 6;
/** @type {HTMLElement | null} */
let shown = null;
let timer = 0;
/** @type {Element | null} */
let before = null;

/**
 * @typedef {{clientX: number, clientY: number}} Spot
 * @typedef {{label: string, run: () => void}} Action
 */

/**
 * @param {any} canvas
 * @param {string} words
 * @param {Spot} spot
 */
export function say(canvas, words, spot) {
  put(words, spot, []);
  canvas.announce(words);
  timer = window.setTimeout(hush, SECONDS * 1000);
}

/**
 * A sentence with a button for what can be done about it. It stays until it is answered or something else is done.
 * @param {any} canvas
 * @param {string} words
 * @param {Spot} spot
 * @param {Action[]} actions
 */
export function offer(canvas, words, spot, actions) {
  before = document.activeElement;
  const note = put(words, spot, actions);
  canvas.announce(words);
  note.querySelector("button")?.focus({ preventScroll: true });
}

/** Takes the sentence away. */
export function hush() {
  window.clearTimeout(timer);
  const hadFocus = shown?.contains(document.activeElement);
  shown?.remove();
  shown = null;
  if (hadFocus && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  before = null;
}

/** @param {string} words @param {Spot} spot @param {Action[]} actions */
function put(words, spot, actions) {
  const kept = before;
  before = null;
  hush();
  before = kept;
  const note = document.createElement("div");
  note.className = "canvas-note-at";
  note.dataset.refusal = "";
  const text = document.createElement("p");
  text.textContent = words;
  note.append(text);
  if (actions.length) note.append(buttons(note, words, actions));
  document.body.append(note);
  place(note, spot, 12);
  shown = note;
  return note;
}

/** @param {HTMLElement} note @param {string} words @param {Action[]} actions */
function buttons(note, words, actions) {
  note.setAttribute("role", "group");
  note.setAttribute("aria-label", words);
  const row = document.createElement("div");
  row.className = "canvas-note-actions";
  for (const action of [...actions, { label: "Leave it", run: () => {} }]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = action === actions[0] ? "btn btn-primary btn-sm" : "btn btn-sm";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      hush();
      action.run();
    });
    row.append(button);
  }
  return row;
}

/**
 * Puts a floating element beside a spot so that the window shows all of it.
 * @param {HTMLElement} element
 * @param {Spot} spot
 * @param {number} [gap]
 */
export function place(element, spot, gap = 0) {
  const edge = 8;
  const { width, height } = element.getBoundingClientRect();
  const left = Math.min(spot.clientX + gap, window.innerWidth - width - edge);
  const below = spot.clientY + gap;
  const top = below + height + edge > window.innerHeight ? Math.min(spot.clientY - gap, window.innerHeight - edge) - height : below;
  element.style.left = `${Math.max(edge, left)}px`;
  element.style.top = `${Math.max(edge, top)}px`;
}

document.addEventListener("pointerdown", (event) => {
  if (shown && !shown.contains(/** @type {Node} */ (event.target))) hush();
}, true);
document.addEventListener("keydown", (event) => {
  if (!shown || event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  hush();
}, true);
