// Keys. Letters and Delete work only while nothing is being typed.
import { act, formOf } from "./actions.js";
import { flush } from "./autosave.js";
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
}

/** @param {KeyboardEvent} event @returns {boolean} whether the key was meant for the editor */
function withControl(event) {
  const key = event.key.toLowerCase();
  if (key === "enter") {
    document.querySelector("#editor-bar form[data-run]").requestSubmit();
    return true;
  }
  if (document.activeElement?.matches(TEXT)) return false;
  if (key === "z") {
    travel(event.shiftKey ? "redo" : "undo");
    return true;
  }
  if (key === "y") {
    travel("redo");
    return true;
  }
  return key === "d" && actOn("duplicate");
}

/** @param {KeyboardEvent} event @returns {boolean} */
function plain(event) {
  if (event.key === "Escape" && document.activeElement?.closest("#panel")) {
    const link = document.getElementById(`choose-${chosenStep()}`);
    link?.focus();
    return Boolean(link);
  }
  if (event.key === "Escape" && chosenStep()) {
    closePanel();
    return true;
  }
  if (document.activeElement?.matches(TYPING)) return false;
  switch (event.key) {
    case "?":
      /** @type {HTMLDialogElement} */ (document.getElementById("shortcuts")).showModal();
      return true;
    case "/":
      openPalette(paletteAddress());
      return true;
    case "j":
      walk(1);
      return true;
    case "k":
      walk(-1);
      return true;
    case "Delete":
      return Boolean(document.activeElement?.closest(".step-top")) && actOn("delete");
    default:
      return false;
  }
}

function paletteAddress() {
  const step = stepAtHand();
  const link = document.querySelector(`#outline [data-palette="${CSS.escape(step)}"]`);
  return (link ?? document.querySelector("#outline .add-last, #outline [data-palette]")).href;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open], .dropdown-menu.show")) return;
  let meant = false;
  if (event.ctrlKey || event.metaKey) meant = withControl(event);
  else if (event.altKey) {
    const by = { ArrowUp: "-1", ArrowDown: "1" }[event.key];
    meant = Boolean(by) && !document.activeElement?.matches(TYPING) && actOn("move", by);
  } else meant = plain(event);
  if (meant) event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-shortcuts]")) {
    /** @type {HTMLDialogElement} */ (document.getElementById("shortcuts")).showModal();
  }
});
