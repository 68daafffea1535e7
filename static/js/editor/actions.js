// What is done with steps: add, move, duplicate, delete, connect, undo, redo, mend. Each once, however often the button
// is pressed; then the focus goes where the person goes on.
import { toast } from "../toasts.js";
import { flush, hasUnsent } from "./autosave.js";
import { view } from "./layout.js";
import { chosenStep } from "./panel.js";
import { isIdle, send } from "./sender.js";
import { announce, show } from "./state.js";

const LOOK_SECONDS = 15;
const REPEATABLE = new Set(["undo", "redo"]);
/** @type {Set<HTMLFormElement>} */
const sending = new Set();

function links() {
  return [...document.querySelectorAll("#outline [data-choose]")];
}

/** @param {HTMLFormElement} form */
export function act(form) {
  const kind = form.dataset.act;
  if (sending.has(form) && !REPEATABLE.has(kind)) return;
  sending.add(form);
  flush();
  const data = new FormData(form);
  const item = form.closest(".outline-item");
  const place = links().findIndex((link) => item?.contains(link));
  const pressed = document.activeElement?.dataset?.focus;
  send({
    address: form.action,
    make: () => {
      // What waits before it may choose another step.
      data.set("chosen", chosenStep());
      data.set("view", view());
      return data;
    },
    settled: (status) => {
      sending.delete(form);
      if (status === 200) settleFocus(kind, String(data.get("step") ?? ""), place, pressed);
    },
  });
}

/**
 * @param {string} kind
 * @param {string} step
 * @param {number} place where the card was in the list
 * @param {string} [pressed] which of the card's buttons was pressed
 */
function settleFocus(kind, step, place, pressed) {
  if (kind === "add" || kind === "duplicate") {
    const added = document.getElementById(`choose-${chosenStep()}`);
    added?.focus({ preventScroll: true });
    document.getElementById(`step-${chosenStep()}`)?.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", chosenStep() ? `?step=${encodeURIComponent(chosenStep())}` : location.pathname);
  } else if (kind === "delete") {
    const left = links();
    (left[Math.min(place, left.length - 1)] ?? document.querySelector("#outline [data-palette]"))?.focus();
  } else if (kind === "move") {
    const card = document.getElementById(`step-${step}`);
    const button = pressed ? card?.querySelector(`[data-focus="${pressed}"]:not(:disabled)`) : null;
    (button ?? card?.querySelector("[data-choose]"))?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  } else if (document.activeElement === document.body) {
    document.querySelector(".editor-name").focus({ preventScroll: true });
  }
}

/** The form of a card's button. @param {string} step @param {string} kind @param {string} [by] */
export function formOf(step, kind, by) {
  const forms = document.querySelectorAll(`#step-${CSS.escape(step)} form[data-act="${kind}"]`);
  return [...forms].find((form) => !by || form.elements.namedItem("by").value === by);
}

document.addEventListener("click", (event) => {
  const form = event.target.closest("button")?.form;
  // The second half of a double click is not a second wish.
  if (form?.dataset.act && event.detail > 1 && !REPEATABLE.has(form.dataset.act)) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.act) return;
  event.preventDefault();
  delete form.dataset.sent;
  if (event.submitter?.hasAttribute("data-refused")) return;
  act(form);
});
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-on-change")) act(form);
});
document.body.addEventListener("said", (event) => announce(event.detail.text));
document.body.addEventListener("refused", (event) => toast(event.detail.text, "warning"));

// What other windows did meanwhile.

function look() {
  if (document.hidden || !isIdle() || hasUnsent() || document.querySelector("#conflict, #canvas-conflict")) return;
  const bar = document.getElementById("editor-bar");
  const address = new URL(document.getElementById("editor").dataset.parts, location.href);
  address.searchParams.set("revision", bar.dataset.revision);
  address.searchParams.set("step", chosenStep());
  address.searchParams.set("view", view());
  const before = bar.dataset.revision;
  send({
    address: address.href,
    settled: () => {
      if (document.getElementById("editor-bar").dataset.revision === before) return;
      announce("The workflow was changed in another window.");
      window.htmx.trigger(document.body, "graph-changed");
    },
  });
}

setInterval(look, LOOK_SECONDS * 1000);
window.addEventListener("focus", look);
window.addEventListener("online", () => {
  if (isIdle()) show("saved");
  look();
});
document.addEventListener("visibilitychange", look);
