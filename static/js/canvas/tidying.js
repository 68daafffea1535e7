// Tidy: the server says where the steps go, they go there as one step of undo.
import { toast } from "../toasts.js";
import { perform } from "./doing.js";
import { selected } from "./selection.js";

/** All steps, or the chosen ones when there are several. @param {any} canvas */
export async function tidy(canvas) {
  if (canvas.readOnly) return;
  await canvas.doc.idle();
  const address = new URL("layout/", new URL(document.getElementById("editor").dataset.parts.replace(/parts\/$/, ""), location.href));
  const steps = selected.size > 1 ? [...selected] : undefined;
  const answer = await ask(address, { steps });
  if (!answer) return;
  const there = new Set(canvas.doc.graph.nodes.map((step) => step.id));
  const ops = answer.ops.filter((op) => there.has(op.id));
  if (!ops.length) {
    canvas.announce("The steps lie tidily already.");
    return;
  }
  if (perform(canvas, { ops }, { label: steps ? `Tidy ${steps.length} steps` : "Tidy up", said: `${ops.length} ${ops.length === 1 ? "step" : "steps"} moved into place.` })) {
    canvas.fit(steps);
  }
}

/** @param {URL} address @param {object} body */
async function ask(address, body) {
  try {
    const token = document.querySelector("#editor-bar [name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) });
    if (answer.ok) return await answer.json();
    toast("The steps could not be tidied. Load the page again.", "danger");
  } catch {
    toast("The steps cannot be tidied while there is no connection.", "warning");
  }
  return null;
}
