// Settings are saved by themselves shortly after a change. While two windows disagree, saving waits for an answer.
import { edited } from "./fields.js";
import { view } from "./layout.js";
import { send } from "./sender.js";
import { show } from "./state.js";

const QUIET_MILLISECONDS = 600;
let timer = 0;
let queued = false;

/** @returns {HTMLFormElement | null} */
function form() {
  return /** @type {HTMLFormElement | null} */ (document.getElementById("step-form"));
}

/** Send what was changed and not sent yet. */
export function flush() {
  clearTimeout(timer);
  timer = 0;
  if (!edited.size || queued || document.getElementById("conflict")) return;
  save();
}

export function hasUnsent() {
  return edited.size > 0 || queued;
}

function save() {
  const found = form();
  if (!found) return;
  queued = true;
  send({
    address: found.action,
    make: () => {
      queued = false;
      edited.clear();
      const data = new FormData(form() ?? found);
      data.set("view", view());
      return data;
    },
    settled: () => {
      if (edited.size && !timer) timer = setTimeout(flush, QUIET_MILLISECONDS);
    },
  });
}

/** @param {Event} event */
function changed(event) {
  const target = /** @type {HTMLInputElement} */ (event.target);
  if (target.form !== form() || !form() || !target.name) return;
  const row = target.closest("[data-field]");
  if (!row) return;
  edited.add(row.getAttribute("data-field"));
  if (document.getElementById("conflict")) return;
  if (document.getElementById("save-state").dataset.state !== "offline") show("saving");
  clearTimeout(timer);
  timer = setTimeout(flush, QUIET_MILLISECONDS);
}

document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("submit", (event) => {
  const target = /** @type {HTMLFormElement} */ (event.target);
  if (target !== form()) return;
  event.preventDefault();
  delete target.dataset.sent;
  document.getElementById("conflict")?.remove();
  clearTimeout(timer);
  timer = 0;
  if (!queued) save();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-take-theirs]");
  if (!link) return;
  event.preventDefault();
  edited.clear();
  document.activeElement.blur();
  send({ address: link.href, settled: () => document.getElementById("step-label")?.focus() });
});
document.addEventListener("panel-changed", () => edited.clear());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) flush();
});
window.addEventListener("pagehide", flush);
