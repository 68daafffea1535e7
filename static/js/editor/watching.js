// What the last run does, asked for in one small answer: each second while it goes on, now and then after, never while
// nobody looks. Everything that shows it (the bar, the outline, the canvas) hears "run-told" and shows the same.
import { announce } from "./state.js";

const GOING_SECONDS = 1;
const RESTING_SECONDS = 10;
const SPOKEN_SECONDS = 5;

/**
 * @typedef {object} StepTold
 * @property {string} state
 * @property {string} words
 * @property {number | null} seconds
 * @property {string} took seconds in the reader's words
 * @property {number | null} rows
 * @property {number | null} columns
 * @property {string} size rows and columns in the reader's words
 * @property {number | null} kept_from
 * @property {string} error
 *
 * @typedef {object} RunTold
 * @property {number | null} run
 * @property {string} page
 * @property {string} cancel
 * @property {string} state
 * @property {string} words
 * @property {boolean} going
 * @property {string} took
 * @property {string} figure the main metric in words
 * @property {number | null} before the run before it
 * @property {string} compare where the two are compared
 * @property {number} done
 * @property {number} total
 * @property {{message: string, step: string, label: string} | null} error
 * @property {Record<string, StepTold>} steps
 * @property {string} mark
 */

/** @type {RunTold | null} */
let present = null;
let timer = 0;
let asking = false;
let again = false;
let spokenAt = 0;

/** @returns {RunTold | null} what was told last; null before the first answer */
export function lastTold() {
  return present;
}

/** Ask now. */
export async function look() {
  window.clearTimeout(timer);
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  await ask();
  asking = false;
  if (again) {
    again = false;
    look();
  } else plan();
}

async function ask() {
  const address = new URL(document.getElementById("editor").dataset.states, location.href);
  if (present) address.searchParams.set("since", present.mark);
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.status === 200) take(await answer.json());
  } catch {
    // without a connection nothing is known; it is asked again
  }
}

function plan() {
  if (document.hidden) return;
  timer = window.setTimeout(look, 1000 * (present?.going ? GOING_SECONDS : RESTING_SECONDS));
}

/** @param {RunTold} told */
function take(told) {
  const before = present;
  present = told;
  speak(before, told);
  document.dispatchEvent(new CustomEvent("run-told", { detail: told }));
  const ended = before !== null && told.run && !told.going && (before.going || before.run !== told.run);
  if (ended) document.body.dispatchEvent(new CustomEvent("run-ended", { detail: told, bubbles: true }));
}

/** @param {RunTold | null} before @param {RunTold} told */
function speak(before, told) {
  if (!before || !told.run) return;
  const isOther = before.run !== told.run;
  if (!told.going && (before.going || isOther)) announce(ending(told));
  else if (told.going && !isOther && told.done !== before.done && Date.now() - spokenAt > 1000 * SPOKEN_SECONDS) {
    spokenAt = Date.now();
    announce(`${told.done} of ${told.total} steps`);
  }
}

/** @param {RunTold} told */
function ending({ run, state, error, took, figure }) {
  if (state === "succeeded") return `Run ${run} succeeded${took ? ` in ${took}` : ""}.${figure ? ` ${figure}.` : ""}`;
  if (state === "failed") return `Run ${run} failed${error?.label ? ` at ${error.label}` : ""}. ${error?.message ?? ""}`.trim();
  return `Run ${run} was cancelled.`;
}

document.addEventListener("visibilitychange", () => (document.hidden ? window.clearTimeout(timer) : look()));
document.body.addEventListener("graph-changed", () => {
  // Cards that are new show nothing yet, also where the answer stays the same.
  if (present) document.dispatchEvent(new CustomEvent("run-told", { detail: present }));
  look();
});
