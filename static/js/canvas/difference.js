// What is different from a version, marked on the canvas: `?compare=3` in the address says from which one. Steps that
// came have a green plus, those that say something else an amber pencil; those that went stand dashed and red in their
// old place. A bar tells the same in words.
import { iconOf } from "./icons.js";

const WAIT = 400;
const ICONS = { added: "plus", changed: "pencil", removed: "minus" };

/**
 * @typedef {[string, string | null, string | null]} Row
 * @typedef {{from: string, from_port: string, to: string, to_port: string}} Edge
 *
 * @typedef {object} StepDifference
 * @property {"added" | "changed" | "removed"} state
 * @property {string} label
 * @property {Row[]} rows label of a field, before, after
 * @property {[number, number]} [place] where a step stood that is gone
 *
 * @typedef {object} Difference
 * @property {string} from
 * @property {Record<string, StepDifference>} steps
 * @property {Edge[]} added_wires
 * @property {boolean} same
 */

/** @param {Edge} edge */
function nameOf(edge) {
  return [edge.from, edge.from_port, edge.to, edge.to_port].join("\n");
}

/** @param {Row} row */
function wordsOf([label, before, after]) {
  return `${label}: ${before ?? "nothing"} → ${after ?? "nothing"}`;
}

/** @param {StepDifference} step */
function signOf(step) {
  const sign = document.createElement("span");
  sign.className = `canvas-difference count-${step.state}`;
  sign.append(iconOf(ICONS[step.state]), step.state);
  sign.title = step.rows.map(wordsOf).join("\n");
  return sign;
}

/** @param {import("./canvas.js").Canvas} canvas */
export function start(canvas) {
  const version = new URLSearchParams(location.search).get("compare");
  const address = /** @type {HTMLElement | null} */ (document.querySelector("[data-compare]"))?.dataset.compare;
  if (version && address) new Overlay(canvas, `${address}?from=${encodeURIComponent(version)}&to=draft`);
}

class Overlay {
  /** @param {import("./canvas.js").Canvas} canvas @param {string} address */
  constructor(canvas, address) {
    this.canvas = canvas;
    this.address = address;
    /** @type {Difference | null} */
    this.difference = null;
    this.bar = this.makeBar();
    this.turn = 0;
    this.open = true;
    canvas.root.addEventListener("canvas-drawn", () => this.mark());
    canvas.doc.addEventListener("changed", () => this.ask());
    this.ask(0);
  }

  /** Ask the server again when the last change has arrived there; the newest question counts. */
  async ask(wait = WAIT) {
    const turn = ++this.turn;
    await new Promise((done) => setTimeout(done, wait));
    if (turn !== this.turn || !this.open) return;
    await this.canvas.doc.idle();
    const answer = await fetch(this.address).catch(() => null);
    if (turn !== this.turn || !this.open) return;
    if (!answer?.ok) {
      this.say("The workflow version to compare with could not be read.");
      return;
    }
    this.difference = await answer.json();
    this.mark();
    this.tell();
  }

  mark() {
    const steps = this.difference?.steps ?? {};
    this.clear();
    for (const [id, step] of Object.entries(steps)) {
      if (step.state === "removed") this.addGhost(step);
      else this.markStep(this.canvas.stepElement(id), step);
    }
    const added = new Set((this.difference?.added_wires ?? []).map(nameOf));
    for (const path of this.canvas.wireElements()) {
      const edge = this.canvas.edgeOf(path);
      if (edge && added.has(nameOf(edge))) {
        path.closest(".connection")?.setAttribute("data-difference", "added");
      }
    }
  }

  /** @param {HTMLElement | null | undefined} card @param {StepDifference} step */
  markStep(card, step) {
    if (!card) return;
    card.dataset.difference = step.state;
    card.append(signOf(step));
  }

  /** @param {StepDifference} step */
  addGhost(step) {
    const ground = this.canvas.root.querySelector(".drawflow");
    if (!ground || !step.place) return;
    const ghost = document.createElement("div");
    ghost.className = "canvas-ghost";
    ghost.setAttribute("aria-hidden", "true");
    ghost.append(step.label, signOf(step));
    ghost.style.left = `${step.place[0]}px`;
    ghost.style.top = `${step.place[1]}px`;
    // In front of everything in the order of elements: beneath cards and wires.
    ground.prepend(ghost);
  }

  clear() {
    const { root } = this.canvas;
    for (const sign of root.querySelectorAll(".canvas-difference, .canvas-ghost")) sign.remove();
    for (const element of root.querySelectorAll("[data-difference]")) element.removeAttribute("data-difference");
  }

  makeBar() {
    const bar = document.createElement("div");
    bar.className = "difference-bar";
    const words = document.createElement("p");
    words.setAttribute("role", "status");
    const details = document.createElement("a");
    details.href = this.address.replace("compare.json", "compare/");
    details.textContent = "Field by field";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.setAttribute("aria-label", "Show no difference any more");
    close.addEventListener("click", () => this.close());
    bar.append(words, details, close);
    (this.canvas.root.parentElement ?? this.canvas.root).append(bar);
    return bar;
  }

  tell() {
    if (!this.difference) return;
    const { from, steps, same } = this.difference;
    const parts = ["added", "changed", "removed"].flatMap((state) => {
      const named = Object.values(steps).filter((step) => step.state === state);
      const names = state === "removed" ? `: ${named.map((step) => step.label).join(", ")}` : "";
      return named.length ? [`${named.length} ${state}${names}`] : [];
    });
    const nothing = same ? "the draft is the same" : "the same steps";
    this.say(`Since ${from[0].toLowerCase()}${from.slice(1)}: ${parts.join(", ") || nothing}.`);
  }

  /** @param {string} words */
  say(words) {
    const place = /** @type {HTMLElement} */ (this.bar.querySelector("p"));
    if (place.textContent !== words) place.textContent = words;
  }

  close() {
    this.open = false;
    this.difference = null;
    this.clear();
    this.bar.remove();
    const address = new URL(location.href);
    address.searchParams.delete("compare");
    history.replaceState(null, "", address);
  }
}
