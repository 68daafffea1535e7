// The steps that may be added at one place, in a dialog with a search.
import { toast } from "../toasts.js";

function dialog() {
  return /** @type {HTMLDialogElement} */ (document.getElementById("palette"));
}

/** @param {string} address */
export async function openPalette(address) {
  let answer;
  try {
    answer = await fetch(address, { headers: { "HX-Request": "true" } });
  } catch {
    toast("The steps cannot be listed while there is no connection.", "warning");
    return;
  }
  if (!answer.ok) {
    toast("The steps could not be listed. Load the page again.", "danger");
    return;
  }
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  dialog().replaceChildren(parsed.getElementById("palette-body"));
  if (!dialog().open) dialog().showModal();
  document.getElementById("palette-search").focus();
}

/** @param {string} words */
function search(words) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const group of dialog().querySelectorAll("[data-palette-group]")) {
    let here = 0;
    for (const item of group.querySelectorAll("[data-palette-item]")) {
      item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
      here += item.hidden ? 0 : 1;
    }
    group.hidden = !here;
    left += here;
  }
  dialog().querySelector("[data-palette-nothing]").hidden = left > 0;
}

/** The kinds that can be seen. */
function kinds() {
  return [...dialog().querySelectorAll(".palette-kind")].filter((button) => button.offsetParent !== null);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-palette]");
  if (link) {
    event.preventDefault();
    // The second half of a double click may fall on what the first half uncovered.
    if (event.detail < 2) openPalette(link.href);
  }
  if (event.target.closest("#palette [data-close-palette]") || event.target === dialog()) {
    event.preventDefault();
    dialog().close();
  }
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-palette-search]")) search(event.target.value);
});
document.addEventListener("keydown", (event) => {
  if (!dialog().open || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const found = kinds();
  const at = found.indexOf(document.activeElement);
  if (event.key === "Enter") {
    if (!event.target.matches("[data-palette-search]")) return;
    event.preventDefault();
    found.find((button) => !button.hasAttribute("data-refused"))?.click();
    return;
  }
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  if (next < 0) document.getElementById("palette-search").focus();
  else found[Math.min(next, found.length - 1)]?.focus();
});
document.addEventListener("submit", (event) => {
  if (event.target.closest("#palette") && !event.submitter?.hasAttribute("data-refused")) dialog().close();
});
