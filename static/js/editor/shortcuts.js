// Keys of the outline and of the page, by the table in key_table.js. Letters and Delete work only while nothing is typed.
import { act, formOf } from "./actions.js";
import { flush } from "./autosave.js";
import { meaning, writeSheet } from "./key_table.js";
import { view } from "./layout.js";
import { openPalette } from "./palette.js";
import { chosenStep, closePanel } from "./panel.js";
import { rest } from "./sender.js";

const TEXT = "input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable]";
const TYPING = `${TEXT}, select`;

/** The step that keys are about: the card with the focus, else the chosen one. */
function stepAtHand() {
  const card = document.activeElement?.closest(".outline-item");
  return card ? card.id.slice("step-".length) : chosenStep();
}

/** @param {number} by */
function walk(by) {
  const links = [...document.querySelectorAll("#outline [data-choose]")];
  const at = links.findIndex((link) => link.dataset.choose === stepAtHand());
  const next = links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)];
  next?.focus();
  return true;
}

/** @param {string} kind @param {string} [by] */
function actOn(kind, by) {
  const form = stepAtHand() && formOf(stepAtHand(), kind, by);
  if (!form) return false;
  act(form);
  return true;
}

function travel(kind) {
  flush();
  rest().then(() => {
    const form = document.querySelector(`#editor-bar form[data-act="${kind}"]`);
    if (form && !form.querySelector("button").disabled) act(form);
  });
  return true;
}

function run() {
  /** @type {HTMLFormElement} */ (document.querySelector("#editor-bar form[data-run]"))?.requestSubmit();
  return true;
}

/** Out of the panel to the card, out of the card to nothing. */
function out() {
  if (document.activeElement?.closest("#panel")) {
    const link = document.getElementById(`choose-${chosenStep()}`);
    if (view() === "canvas") return false;
    link?.focus();
    return Boolean(link);
  }
  if (!chosenStep()) return false;
  closePanel();
  return true;
}

/** What the canvas does with the same keys it does itself: canvas/keys.js. @type {Record<string, (event: KeyboardEvent) => boolean>} */
const OUTLINE = {
  out,
  add: () => {
    openPalette(paletteAddress());
    return true;
  },
  duplicate: () => actOn("duplicate"),
  delete: () => Boolean(document.activeElement?.closest(".step-top")) && actOn("delete"),
  next: () => walk(1),
  previous: () => walk(-1),
  earlier: () => actOn("move", "-1"),
  later: () => actOn("move", "1"),
};

/** @type {Record<string, (event: KeyboardEvent) => boolean>} */
const EVERYWHERE = {
  sheet: showSheet,
  run,
  undo: () => travel("undo"),
  redo: () => travel("redo"),
};

/** Works although something is typed. */
const WHILE_TYPING = new Set(["run", "out"]);

function showSheet() {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("shortcuts"));
  const place = dialog.querySelector("[data-shortcut-sheet]");
  if (!place.childElementCount) writeSheet(place);
  dialog.showModal();
  return true;
}

function paletteAddress() {
  const step = stepAtHand();
  const link = document.querySelector(`#outline [data-palette="${CSS.escape(step)}"]`);
  return (link ?? document.querySelector("#outline .add-last, #outline [data-palette]")).href;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open], .dropdown-menu.show")) return;
  const does = meaning(event, view());
  const typed = event.ctrlKey || event.metaKey ? TEXT : TYPING;
  if (!does || (document.activeElement?.matches(typed) && !WHILE_TYPING.has(does))) return;
  const action = EVERYWHERE[does] ?? (view() === "outline" || does === "out" ? OUTLINE[does] : null);
  if (action?.(event)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-shortcuts]")) showSheet();
});
