// The chosen step's panel: beside canvas and outline on wide screens; on narrow ones a sheet over the canvas, and in the
// outline inside the card. Its tabs.
import { flush } from "./autosave.js";
import { fold, foldSheet, isOpen, narrow, view } from "./layout.js";
import { rest, send } from "./sender.js";

const TABS = ["settings", "data", "help"];
let tab = TABS.includes(sessionStorage.getItem("editor-tab")) ? sessionStorage.getItem("editor-tab") : "settings";

function panel() {
  return /** @type {HTMLElement} */ (document.getElementById("panel"));
}

export function chosenStep() {
  return panel().dataset.step ?? "";
}

/** Put the panel where the width of the window wants it, and mark the card it belongs to. */
export function placePanel() {
  const step = chosenStep();
  const inside = narrow.matches && view() === "outline" && step ? document.querySelector(`[data-place="${CSS.escape(step)}"]`) : null;
  const place = inside ?? document.getElementById("panel-home");
  if (panel().parentElement !== place) place.append(panel());
  document.getElementById("editor").classList.toggle("has-step", Boolean(step));
  for (const card of document.querySelectorAll(".step-card")) {
    const link = card.querySelector("[data-choose]");
    const current = Boolean(step) && link.dataset.choose === step;
    card.classList.toggle("is-chosen", current);
    if (current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  const chosen = /** @type {HTMLInputElement} */ (document.getElementById("chosen-step"));
  if (chosen.value === step && placed) return;
  placed = true;
  chosen.value = step;
  // What is added by a press in the column of steps comes after the chosen one.
  for (const field of document.querySelectorAll("[data-after]")) field.value = step || lastStep();
  document.dispatchEvent(new CustomEvent("step-chosen", { detail: { step } }));
}

let placed = false;

function lastStep() {
  return document.getElementById("editor-bar").dataset.lastStep;
}

/** @param {string} [name] */
export function showTab(name = tab) {
  tab = name;
  sessionStorage.setItem("editor-tab", tab);
  document.getElementById("editor").dataset.tab = tab;
  for (const link of panel().querySelectorAll("[data-tab]")) {
    const current = link.dataset.tab === tab;
    link.setAttribute("aria-selected", String(current));
    link.tabIndex = current ? 0 : -1;
  }
  wantRows();
}

let rowsShown = "";

/** Rows are asked for when somebody looks at them: at another step, or after a change. */
function wantRows() {
  const rows = document.getElementById("rows");
  if (!rows || tab !== "data") return;
  const wanted = `${chosenStep()} ${document.getElementById("editor-bar").dataset.revision}`;
  if (wanted === rowsShown && rows.dataset.asked) return;
  rowsShown = wanted;
  rows.dataset.asked = "yes";
  // Right after the page has loaded htmx may not have seen the element yet, and would miss the event.
  window.htmx.process(rows);
  window.htmx.trigger(rows, "rows-wanted");
}

/**
 * @param {string} step
 * @param {{enter?: boolean, field?: string}} [options] enter: move the focus into the panel
 */
export function choose(step, { enter = false, field = "" } = {}) {
  flush();
  const go = () => {
    if (enter || field) openSide();
    if (field) {
      showTab("settings");
      focusOn(document.getElementById(field));
    } else if (enter) enterPanel();
  };
  if (step === chosenStep()) {
    placePanel();
    go();
    return;
  }
  mark(step);
  const pattern = document.getElementById("editor").dataset.stepAddress;
  send({
    address: pattern.replace("__step__", encodeURIComponent(step)),
    settled: () => {
      history.replaceState(null, "", `?step=${encodeURIComponent(step)}`);
      if (narrow.matches && view() === "outline") document.getElementById(`step-${step}`)?.scrollIntoView({ block: "start" });
      go();
    },
  });
}

/** Whoever wants to change a step sees its panel. */
function openSide() {
  if (!narrow.matches || view() === "canvas") fold("side", true);
}

/** The card shows at once that it was chosen. @param {string} step */
function mark(step) {
  for (const card of document.querySelectorAll(".step-card")) {
    card.classList.toggle("is-chosen", card.querySelector("[data-choose]").dataset.choose === step);
  }
}

/** @param {HTMLElement | null} element */
function focusOn(element) {
  element?.focus();
  if (element instanceof HTMLInputElement) element.select();
}

export function enterPanel() {
  const body = panel().querySelector(`[data-tab-body="${tab}"]`);
  const first = [...body.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href], summary")]
    .find((element) => element.offsetParent !== null);
  (first ?? panel().querySelector('[role="tab"][aria-selected="true"]'))?.focus();
}

export async function closePanel() {
  const step = chosenStep();
  if (!step) return;
  flush();
  await rest();
  const empty = /** @type {HTMLTemplateElement} */ (document.getElementById("panel-empty"));
  panel().replaceWith(empty.content.firstElementChild.cloneNode(true));
  placePanel();
  history.replaceState(null, "", location.pathname);
  document.dispatchEvent(new CustomEvent("panel-changed"));
  if (view() === "outline") document.getElementById(`choose-${step}`)?.focus();
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = target.closest("[data-choose], [data-rename]");
  if (link) {
    event.preventDefault();
    const step = link.dataset.choose ?? link.dataset.rename;
    const elsewhere = link.closest(".step-top") === null;
    if (link.dataset.rename) choose(step, { field: "step-label" });
    else if (narrow.matches && step === chosenStep() && !elsewhere && event.detail > 0) closePanel();
    else choose(step, { enter: event.detail === 0 });
    if (elsewhere && view() === "outline") document.getElementById(`step-${step}`)?.scrollIntoView({ block: "nearest" });
    return;
  }
  const wanted = target.closest('#panel [role="tab"]');
  if (wanted) {
    event.preventDefault();
    showTab(wanted.dataset.tab);
  }
  if (target.closest("[data-close-panel]")) {
    event.preventDefault();
    if (narrow.matches && isOpen("side")) foldSheet();
    else closePanel();
  }
});
document.addEventListener("keydown", (event) => {
  const current = /** @type {Element} */ (event.target).closest?.('#panel [role="tab"]');
  if (!current || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const at = TABS.indexOf(current.dataset.tab);
  const next = { ArrowLeft: (at + 2) % 3, ArrowRight: (at + 1) % 3, Home: 0, End: 2 }[event.key];
  showTab(TABS[next]);
  document.getElementById(`tab-${TABS[next]}`).focus();
});
// On a narrow window a second press of the same card of the canvas opens its sheet.
document.addEventListener("canvas-chosen", (event) => {
  if (narrow.matches && event.detail.id && event.detail.id === chosenStep()) fold("side", true);
});
narrow.addEventListener("change", placePanel);
document.addEventListener("view-changed", placePanel);
document.body.addEventListener("graph-changed", () => wantRows());
