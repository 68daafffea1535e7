// Choosing the columns of a wide table: search by name, count, and no more than fit at once.

const FORM = "form[data-choose-columns]";

/** @param {HTMLFormElement} form */
function boxes(form) {
  return /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[type=checkbox]")]);
}

/** @param {HTMLFormElement} form */
function count(form) {
  const most = Number(form.dataset.most);
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked).length;
  for (const box of all) box.disabled = !box.checked && chosen >= most;
  const words = form.querySelector("[data-chooser-count]");
  if (words) words.textContent = chosen ? `${chosen} chosen, up to ${most} at once` : `up to ${most} at once`;
  const submit = /** @type {HTMLButtonElement | null} */ (form.querySelector("button[type=submit]"));
  if (submit) submit.disabled = chosen === 0;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function search(form, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const label of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-chooser-name]"))) {
    const name = label.dataset.chooserName ?? "";
    label.hidden = !words.every((word) => name.includes(word));
  }
}

document.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const form = /** @type {HTMLFormElement | null} */ (field.closest(FORM));
  if (!form) return;
  if (field.matches("[data-chooser-words]")) search(form, field.value);
  else count(form);
});

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-chooser-clear]");
  const form = /** @type {HTMLFormElement | null} */ (button?.closest(FORM) ?? null);
  if (!form) return;
  for (const box of boxes(form)) box.checked = false;
  count(form);
});

document.addEventListener("keydown", (event) => {
  const field = /** @type {HTMLElement} */ (event.target);
  // Enter in the search field looks; it does not send the form.
  if (event.key === "Enter" && field.matches?.("[data-chooser-words]")) event.preventDefault();
});

document.addEventListener("htmx:afterSettle", (event) => {
  const form = /** @type {HTMLElement} */ (event.target).querySelector?.(FORM);
  if (!form) return;
  count(/** @type {HTMLFormElement} */ (form));
  /** @type {HTMLInputElement | null} */ (form.querySelector("[data-chooser-words]"))?.focus();
});

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll(FORM))) count(form);
