// Short messages at the edge of the page. Errors stay until they are closed.
const SECONDS = 6;

/**
 * @param {string} text
 * @param {"success" | "info" | "warning" | "danger"} [level]
 */
export function toast(text, level = "info") {
  const note = document.createElement("div");
  note.className = `toast-note toast-${level}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Close");
  note.append(words, close);
  document.getElementById("toasts").append(note);
  if (level === "success" || level === "info") fade(note);
}

/** @param {Element} note */
function fade(note) {
  setTimeout(() => note.remove(), SECONDS * 1000);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast-note")?.remove();
});
for (const note of document.querySelectorAll(".toast-note.toast-success, .toast-note.toast-info")) fade(note);
