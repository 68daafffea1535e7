// Run, Run to here, Stop: without leaving the editor. What was changed is stored first, and what is pressed twice
// starts one run.
import { ask } from "../confirm.js";
import { toast } from "../toasts.js";
import { flush, hasUnsent } from "./autosave.js";
import { choose } from "./panel.js";
import { mark, rest } from "./sender.js";
import { announce, shown } from "./state.js";
import { look } from "./watching.js";

let starting = false;
/** A press whose answer was lost is sent again under the same key, as long as the draft is the same. @type {{wish: string, key: string} | null} */
let lost = null;
/** Start a run of the draft, up to the step `until` or of all steps. @param {string} [until] */
export async function run(until = "") {
  if (starting) return;
  starting = true;
  document.documentElement.dataset.starting = "yes";
  try {
    await stored();
    const isLoose = shown() !== "saved";
    if (isLoose && !(await ask("A setting is not saved yet. Run with the values that are saved?", "Run"))) return;
    await begin(until);
  } finally {
    starting = false;
    delete document.documentElement.dataset.starting;
  }
}

async function stored() {
  if (hasUnsent()) flush();
  await rest();
}

/** @param {string} until */
async function begin(until) {
  const wish = `${document.getElementById("editor-bar").dataset.revision} ${until}`;
  const key = lost?.wish === wish ? lost.key : mark();
  lost = { wish, key };
  const answer = await post(document.getElementById("editor").dataset.start, { idempotency_key: key, until });
  if (!answer) return;
  lost = null;
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) {
    announce(`Run ${said.run} has started.`);
    document.dispatchEvent(new CustomEvent("run-started", { detail: said }));
    await look();
    return;
  }
  const problems = said.problems ?? [{ message: "The run could not be started. Load the page again.", step: "" }];
  for (const problem of problems) toast(problem.message, "warning");
  announce(problems.map((problem) => problem.message).join(" "));
  const first = problems.find((problem) => problem.step);
  if (first) choose(first.step);
}

/** @param {string} address @param {Record<string, string>} fields */
async function post(address, fields) {
  const token = /** @type {HTMLInputElement} */ (document.querySelector("[name=csrfmiddlewaretoken]")).value;
  try {
    return await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams(fields),
    });
  } catch {
    toast("Flowza cannot be reached, so nothing was started or stopped. Press it again when the connection is back.", "warning");
    return null;
  }
}

/** @param {HTMLFormElement} form */
async function stop(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  announce("The run is being stopped.");
  await post(form.action, {});
  await look();
}

// Each press of a button sends its own form; the page itself stays.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.id !== "stop-run" && !form.hasAttribute("data-run")) return;
  event.preventDefault();
  delete form.dataset.sent;
  const until = form.elements.namedItem("until");
  if (form.id === "stop-run") stop(form);
  else run(until instanceof HTMLInputElement ? until.value : "");
});

document.addEventListener("run-told", (event) => {
  const told = event.detail;
  const form = /** @type {HTMLFormElement} */ (document.getElementById("stop-run"));
  form.hidden = !told.going;
  if (told.cancel) form.action = told.cancel;
  const button = form.querySelector("button");
  button.disabled = !told.cancel;
  button.querySelector("span").textContent = told.state === "cancelling" ? "Stopping …" : "Stop";
});
