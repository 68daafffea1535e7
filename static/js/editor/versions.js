// The last versions of the workflow in a dialog: keep the draft under a name, restore one, compare.
import { toast } from "../toasts.js";
import { rest } from "./sender.js";

/** The dialog; made when it is opened first. */
function dialog() {
  const found = /** @type {HTMLDialogElement | null} */ (document.getElementById("versions-dialog"));
  if (found) return found;
  const made = document.createElement("dialog");
  made.id = "versions-dialog";
  made.className = "palette versions-dialog";
  made.setAttribute("aria-labelledby", "versions-title");
  made.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target !== made && !target.closest("[data-close-versions]")) return;
    event.preventDefault();
    made.close();
  });
  document.body.append(made);
  return made;
}

/** @param {string} address of the part that lists them */
async function open(address) {
  // What is typed already belongs to the draft that a version keeps.
  await rest();
  let answer;
  try {
    answer = await fetch(address, { headers: { "HX-Request": "true" } });
  } catch {
    toast("The versions cannot be listed while there is no connection.", "warning");
    return;
  }
  if (!answer.ok) {
    toast("The versions could not be listed. Load the page again.", "danger");
    return;
  }
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = parsed.getElementById("versions-part");
  if (!part) return;
  dialog().replaceChildren(part);
  window.htmx.process(part);
  if (!dialog().open) dialog().showModal();
  document.getElementById("version-quick-name")?.focus();
}

document.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest("[data-versions]");
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link.dataset.versions ?? "");
});
