// What the sample says about every step while the workflow is edited: sizes, quick figures, problems, advice. Asked for
// a moment after each change, one question at a time; a newer change makes an older question needless.
import { chosenStep } from "../editor/panel.js";
import { mark } from "../editor/sender.js";
import { lastTold } from "../editor/watching.js";

const DEBOUNCE_MS = 250;
const OFFLINE_MS = 5000;
/** How often a window asks for the same draft before it leaves it at what is known. */
const MOST_TRIES = 60;
/** States after which a step's size and figure are those of its run. */
const RAN = new Set(["done", "kept"]);

/**
 * @typedef {{text: string, more: string, column: string, level: "error" | "warning"}} Problem
 * @typedef {object} StepSaid
 * @property {number | null} rows
 * @property {number | null} columns
 * @property {boolean} sampled
 * @property {string} roles
 * @property {Problem | null} problem
 * @property {string | null} figure
 * @property {string | null} short the figure for a card
 * @property {string} note
 *
 * @typedef {object} Answer
 * @property {number} revision
 * @property {Record<string, StepSaid>} steps
 * @property {Record<string, {level: "error" | "warning" | "note", text: string, count: number}>} advice
 * @property {boolean} again
 * @property {number} wait
 * @property {string} notice
 */

/** @param {any} canvas */
export function start(canvas) {
  const address = document.getElementById("editor")?.dataset.live;
  if (!address) return;
  const live = new Live(canvas, new URL(address, location.href));
  canvas.doc.addEventListener("changed", () => live.want());
  document.body.addEventListener("graph-changed", () => live.want());
  document.addEventListener("visibilitychange", () => live.wake());
  window.addEventListener("online", () => live.want());
  document.addEventListener("run-told", () => live.tell());
  canvas.root.addEventListener("canvas-drawn", () => live.tell());
  canvas.root.addEventListener("click", openAdvice(canvas), { capture: true });
  document.addEventListener("panel-changed", () => live.tellPanel());
  live.want(0);
}

class Live {
  /** @param {any} canvas @param {URL} address */
  constructor(canvas, address) {
    this.canvas = canvas;
    this.address = address;
    this.address.searchParams.set("tab", mark());
    /** @type {Pick<Answer, "steps" | "advice" | "notice">} */
    this.known = { steps: {}, advice: {}, notice: "" };
    /** @type {AbortController | null} */
    this.asking = null;
    this.asleep = false;
    this.timer = 0;
    this.tries = 0;
  }

  /** The draft is another one: what was asked is not wanted any more. */
  want(wait = DEBOUNCE_MS) {
    this.tries = 0;
    this.plan(wait);
  }

  /** @param {number} wait */
  plan(wait) {
    this.asking?.abort();
    this.asking = null;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.ask(), wait);
  }

  wake() {
    if (document.hidden || !this.asleep) return;
    this.asleep = false;
    this.want(0);
  }

  async ask() {
    if (document.hidden) {
      this.asleep = true;
      return;
    }
    const asking = (this.asking = new AbortController());
    await this.canvas.doc.idle();
    if (asking !== this.asking) return;
    const answer = await this.fetch(asking.signal);
    if (asking !== this.asking) return;
    this.asking = null;
    if (answer) this.take(answer);
    else if (++this.tries < MOST_TRIES) this.plan(OFFLINE_MS);
  }

  /** @param {AbortSignal} signal @returns {Promise<Answer | null>} */
  async fetch(signal) {
    const asked = { revision: this.canvas.doc.revision, chosen: chosenStep(), try: this.tries };
    for (const [name, value] of Object.entries(asked)) this.address.searchParams.set(name, String(value));
    try {
      const answer = await fetch(this.address, { headers: { Accept: "application/json" }, signal });
      if (answer.status === 404) this.tries = MOST_TRIES;
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // without a connection nothing is known; it is asked again
    }
  }

  /** @param {Answer} answer */
  take(answer) {
    const isOld = answer.revision < this.canvas.doc.revision;
    if (!isOld) {
      // A look that goes on, or that had no turn, knows less than the last one did.
      const before = answer.again ? this.known.steps : {};
      const notice = answer.again ? "" : answer.notice;
      this.known = { steps: { ...before, ...answer.steps }, advice: answer.advice, notice };
      this.tell();
    }
    document.getElementById("editor").dataset.liveRevision = answer.again || isOld ? "" : String(answer.revision);
    if ((answer.again || isOld) && ++this.tries < MOST_TRIES) this.plan(answer.wait);
  }

  tell() {
    for (const { id } of this.canvas.doc.graph.nodes) this.tellStep(id);
    this.tellPanel();
  }

  /** What the last run says of a step that is as it ran counts more than what the sample says. @param {string} id */
  tellStep(id) {
    const card = this.canvas.stepElement(id);
    if (!card) return;
    const said = this.known.steps[id];
    const ran = lastTold()?.steps?.[id];
    const facts = { figure: ran && RAN.has(ran.state) ? null : said?.short ?? null, advice: this.badge(id) };
    const isSized = card.dataset.output === "dataset" && (ran?.rows ?? null) === null;
    if (isSized) Object.assign(facts, { rows: said?.rows ?? null, columns: said?.columns ?? null });
    card.toggleAttribute("data-sampled", isSized && Boolean(said?.sampled && said.rows !== null));
    this.canvas.tell(id, facts);
    const size = /** @type {HTMLElement | null} */ (facts.figure && card.querySelector(".canvas-size"));
    if (size) size.title = said.figure;
  }

  /** @param {string} id */
  badge(id) {
    const advice = this.known.advice[id];
    const problem = this.known.steps[id]?.problem;
    if (problem && advice?.level !== "error") return { level: problem.level, text: problem.text };
    return advice ? { level: advice.level, text: advice.text } : null;
  }

  /** The quick figure of the chosen step, above its rows. */
  tellPanel() {
    const place = document.getElementById("live-figure");
    if (!place) return;
    const said = this.known.steps[chosenStep()];
    const figure = document.createElement("strong");
    figure.textContent = said?.figure ?? "";
    const note = document.createElement("span");
    note.textContent = said?.note || this.known.notice;
    const parts = [figure, note].filter((part) => part.textContent);
    place.hidden = parts.length === 0;
    place.replaceChildren(...parts);
  }
}

/** A press on a card's sign of advice opens the step's advice with its mends. @param {any} canvas */
function openAdvice(canvas) {
  return (event) => {
    const sign = event.target instanceof Element ? event.target.closest(".canvas-advice") : null;
    const id = /** @type {HTMLElement | null} */ (sign?.closest("[data-step]"))?.dataset.step;
    if (!id) return;
    event.stopPropagation();
    const show = () => {
      const place = document.getElementById(`panel-advice-${id}`);
      place?.scrollIntoView({ block: "nearest" });
      /** @type {HTMLElement | null} */ (place?.querySelector("button"))?.focus();
    };
    if (chosenStep() === id) {
      canvas.choose(id);
      show();
      return;
    }
    document.addEventListener("panel-changed", show, { once: true });
    canvas.choose(id);
  };
}
