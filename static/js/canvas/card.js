// A card: category, name, what the step was told, and a foot with its state and size. All words are set as text.
import { iconOf } from "./icons.js";
import { figures, secondsIn } from "./words.js";

/** Card and ports in pixels of the canvas; wires are laid by these numbers, so the style sheet has the same. */
export const CARD_WIDTH = 184;
export const CARD_HEIGHT = 80;
const PORT_STEP = 26;
const PORT_FIRST = 14;

/**
 * @typedef {object} Facts what a card shows beside the graph; undefined leaves, null clears
 * @property {string | null} [state]
 * @property {string | null} [words]
 * @property {number | null} [seconds]
 * @property {number | null} [progress] 0 to 1
 * @property {number | null} [rows]
 * @property {number | null} [columns]
 * @property {string | null} [figure]
 * @property {{level: string, text: string} | null} [advice]
 */

/** How far below the top of its card a port is. @param {number} at @param {number} count */
export function portOffset(at, count) {
  const first = Math.max(PORT_FIRST, CARD_HEIGHT / 2 - ((count - 1) * PORT_STEP) / 2);
  return first + at * PORT_STEP;
}

/** @param {number} inputs @param {number} outputs */
export function cardHeight(inputs, outputs) {
  const most = Math.max(inputs, outputs, 1);
  return Math.max(CARD_HEIGHT, portOffset(most - 1, most) + PORT_FIRST);
}

/** What Drawflow copies for each step of a kind. @param {string} category */
export function cardTemplate(category) {
  const card = made("div", "canvas-card");
  const foot = made("div", "canvas-foot");
  foot.append(made("span", "canvas-state"), made("span", "canvas-size"));
  card.append(made("div", "canvas-category", category), made("div", "canvas-label"), made("div", "canvas-told"), foot);
  return card;
}

export class Card {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    /** @type {Facts} */
    this.facts = {};
    this.label = part(element, "label");
    this.told = part(element, "told");
    this.state = part(element, "state");
    this.size = part(element, "size");
    this.category = part(element, "category").textContent;
    element.tabIndex = -1;
    element.setAttribute("role", "group");
    element.setAttribute("aria-roledescription", "step");
  }

  /** @param {string} label @param {string} told */
  name(label, told) {
    write(this.label, label);
    write(this.told, told);
    this.describe();
  }

  /** @param {Facts} news */
  tell(news) {
    const { facts } = this;
    const changed = /** @type {(keyof Facts)[]} */ (Object.keys(news)).filter((name) => news[name] !== undefined && !isSame(news[name], facts[name]));
    if (!changed.length) return;
    for (const name of changed) facts[name] = /** @type {any} */ (news[name]);
    const has = (...names) => names.some((name) => changed.includes(name));
    if (has("state", "words", "seconds", "progress")) this.tellState();
    if (has("rows", "columns", "figure")) this.tellSize();
    if (has("advice")) this.tellAdvice();
    this.describe();
  }

  tellState() {
    const { state, words, seconds, progress } = this.facts;
    const { element } = this;
    if (state) element.dataset.state = state;
    else delete element.dataset.state;
    const share = progress ?? null;
    const short = share !== null ? `${Math.round(share * 100)} %` : state === "done" && seconds != null ? secondsIn(seconds) : words ?? "";
    this.state.replaceChildren(...(state || short ? [stateIcon(state ?? ""), short] : []));
    this.state.title = [words, seconds != null ? secondsIn(seconds) : ""].filter(Boolean).join(", ");
    this.tellProgress(share);
  }

  /** @param {number | null} share */
  tellProgress(share) {
    let bar = /** @type {HTMLElement | null} */ (this.element.querySelector(".canvas-progress"));
    if (share === null) {
      bar?.remove();
      return;
    }
    if (!bar) {
      bar = made("div", "canvas-progress");
      bar.append(made("div", ""));
      part(this.element, "card").append(bar);
    }
    /** @type {HTMLElement} */ (bar.firstElementChild).style.transform = `scaleX(${Math.min(1, Math.max(0, share))})`;
  }

  tellSize() {
    const { rows, columns, figure } = this.facts;
    const size = rows == null ? "" : columns == null ? figures(rows) : `${figures(rows)} × ${figures(columns)}`;
    this.size.textContent = figure || size;
    const long = rows == null ? "" : `${figures(rows)} rows${columns == null ? "" : ` × ${figures(columns)} columns`}`;
    this.size.title = [figure, long].filter(Boolean).join(", ");
  }

  tellAdvice() {
    const { advice } = this.facts;
    this.element.querySelector(".canvas-advice")?.remove();
    if (!advice) return;
    const sign = made("span", `canvas-advice is-${advice.level}`);
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", advice.text);
    sign.title = advice.text;
    sign.append(iconOf(advice.level === "note" ? "bulb" : "alert-triangle"));
    part(this.element, "card").append(sign);
  }

  describe() {
    const { words, advice } = this.facts;
    const parts = [this.label.textContent, this.category, this.told.textContent, words, this.size.textContent, advice?.text];
    this.element.setAttribute("aria-label", parts.filter(Boolean).join(", "));
  }
}

/** The icon that the page shows for a state everywhere. @param {string} state */
function stateIcon(state) {
  const badge = /** @type {HTMLTemplateElement | null} */ (document.querySelector(`template[data-state-badge="${CSS.escape(state)}"]`));
  return badge?.content.querySelector("svg")?.cloneNode(true) ?? iconOf("point");
}

/** @param {unknown} one @param {unknown} other */
function isSame(one, other) {
  return one === other || (one ?? null) === (other ?? null) || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));
}

/** Long words are cut; the title has all of them. @param {HTMLElement} place @param {string} words */
function write(place, words) {
  if (place.textContent === words) return;
  place.textContent = words;
  place.title = words;
}

/** @param {HTMLElement} element @param {string} name @returns {HTMLElement} */
function part(element, name) {
  return /** @type {HTMLElement} */ (element.querySelector(`.canvas-${name}`));
}

/** @param {string} tag @param {string} className @param {string} [words] */
function made(tag, className, words = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (words) element.textContent = words;
  return element;
}
