// One request after the other. What cannot be sent now is kept and sent when the connection is back, under the same
// mark, so that what did arrive the first time is not done twice.
import { toast } from "../toasts.js";
import { applyParts } from "./parts.js";
import { show } from "./state.js";

/**
 * @typedef {object} Job
 * @property {string} address
 * @property {() => FormData} [make] the body, asked for when it is this job's turn; without it the request is a GET
 * @property {() => object | null} [json] the same as JSON; null when it is not wanted any more
 * @property {(status: number) => void} [settled]
 * @property {(status: number, answer: any) => void} [answered] takes an answer that is JSON
 */

const RETRY_SECONDS = 3;
/** A browser refuses more than 64 KiB. */
const KEEPALIVE_BYTES = 60000;
/** @typedef {Job & {body?: URLSearchParams | string}} Waiting */
/** @type {Waiting[]} */
const waiting = [];
/** @type {(() => void)[]} */
let resting = [];
let going = false;
let gone = false;

/** @param {Job} job */
export function send(job) {
  waiting.push(job);
  pump();
}

export function isIdle() {
  return waiting.length === 0;
}

/** @returns {Promise<void>} when nothing is left to be sent */
export function rest() {
  return isIdle() ? Promise.resolve() : new Promise((done) => resting.push(done));
}

async function pump() {
  if (going) return;
  going = true;
  while (waiting.length) {
    const job = waiting[0];
    const response = await attempt(job);
    if (response === null) {
      show("offline");
      await connection();
      continue;
    }
    // Whatever goes wrong with one answer, what waits behind it is sent.
    const status = await settle(job, response).catch((error) => {
      reportError(error);
      show("fault");
      return 0;
    });
    waiting.shift();
    job.settled?.(status);
  }
  going = false;
  const done = resting;
  resting = [];
  for (const call of done) call();
}

/** @param {Waiting} job */
async function attempt(job) {
  if (job.make && !job.body) {
    job.body = new URLSearchParams(/** @type {any} */ (job.make()));
    job.body.set("mark", mark());
  }
  if (job.json && !job.body) {
    const wanted = job.json();
    if (!wanted) return new Response(null, { status: 204 });
    job.body = JSON.stringify(wanted);
  }
  if (job.body) show("saving");
  try {
    const response = await fetch(job.address, {
      method: job.body ? "POST" : "GET",
      headers: job.json ? jsonHeaders() : { "HX-Request": "true", "HX-Current-URL": location.href },
      body: job.body,
      keepalive: job.body !== undefined && new Blob([job.body.toString()]).size < KEEPALIVE_BYTES,
    });
    return [502, 503, 504].includes(response.status) ? null : response;
  } catch {
    return null;
  }
}

/**
 * @param {Waiting} job
 * @param {Response} response
 */
async function settle(job, response) {
  const elsewhere = response.headers.get("HX-Redirect");
  if (elsewhere) {
    location.assign(elsewhere);
    return 0;
  }
  const { status } = response;
  if (job.answered) {
    // Whoever is not signed in any more is sent to a page, which is no answer.
    const answer = await response.json().catch(() => null);
    job.answered(status === 200 && !answer ? 401 : status, answer);
    show(status >= 500 ? "fault" : stateOfForm());
    return status;
  }
  if ([200, 404, 409, 422].includes(status)) {
    const known = applyParts(await response.text());
    if (status === 404 && known) toast("This step was deleted in another window.", "warning");
    if (status === 404 && !known) tellGone();
  } else if (status !== 204 && status !== 403) { // 403 brings its own words
    toast("Something went wrong on the server. It has been noted there; what you changed last was not saved.", "danger");
  }
  show(status === 409 ? "conflict" : status < 300 || status === 404 ? stateOfForm() : status === 422 ? "refused" : "fault");
  if (status === 422 && !document.querySelector("#panel .field-error, #form-errors .notice")) show("saved");
  if (status === 409) document.getElementById("conflict")?.scrollIntoView({ block: "nearest" });
  tell(response);
  return status;
}

/** The workflow was deleted or taken back: what is shown stays, and it is said once. */
function tellGone() {
  if (!gone) toast("This workflow was deleted, or it is not shared with you any more. What you change now is not saved.", "warning");
  gone = true;
}

/** What a form says in its body goes into the head. */
function jsonHeaders() {
  const token = document.querySelector("#editor-bar [name=csrfmiddlewaretoken]");
  return { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token?.getAttribute("value") ?? "" };
}

/** A form that still holds an error or a question stays marked although another change was saved. */
function stateOfForm() {
  if (document.querySelector("#conflict, #canvas-conflict")) return "conflict";
  return document.querySelector("#step-form .is-invalid") ? "refused" : "saved";
}

/** @param {Response} response */
function tell(response) {
  const events = response.headers.get("HX-Trigger");
  if (!events) return;
  for (const [name, detail] of Object.entries(JSON.parse(events))) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

/** When the browser says that it is online again, and now and then in case it does not notice. */
function connection() {
  return new Promise((back) => {
    const timer = setTimeout(finish, RETRY_SECONDS * 1000);
    window.addEventListener("online", finish, { once: true });
    function finish() {
      clearTimeout(timer);
      window.removeEventListener("online", finish);
      back(undefined);
    }
  });
}

export function mark() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

window.addEventListener("offline", () => show("offline"));
// What the canvas sends is kept in the browser until it has arrived.
window.addEventListener("beforeunload", (event) => {
  if (waiting.some((job) => job.make)) event.preventDefault();
});
