// While the canvas is shown, answers of the server leave the outline out; it is asked for when somebody turns to it.
import { view } from "./layout.js";
import { chosenStep } from "./panel.js";
import { send } from "./sender.js";

/** Bring the outline up to date when it is shown and older than the draft. */
export function list() {
  const outline = document.getElementById("outline");
  const revision = document.getElementById("editor-bar").dataset.revision;
  if (view() !== "outline" || outline?.dataset.revision === revision) return;
  const address = new URL(document.getElementById("editor").dataset.parts, location.href);
  address.searchParams.set("step", chosenStep());
  send({ address: address.href });
}

document.addEventListener("view-changed", list);
