// The dialog in which a workflow is shared, and who else is here now. HTMX brings the dialog's content.

function dialog() {
  return /** @type {HTMLDialogElement} */ (document.getElementById("share-dialog"));
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("[data-share]") && !dialog().open) dialog().showModal();
  if (target.closest("[data-close-share]") || target === dialog()) dialog().close();
  if (target instanceof HTMLInputElement && target.hasAttribute("data-select-all")) target.select();
});

// What was pressed is gone with the answer: the person goes on at the first field.
document.addEventListener("htmx:afterSettle", () => {
  if (!dialog().open || dialog().contains(document.activeElement)) return;
  const first = dialog().querySelector("#share-called, [data-close-share]");
  /** @type {HTMLElement} */ (first).focus();
});

/** @param {{name: string, initials: string}} person */
function sign(person) {
  const item = document.createElement("li");
  item.className = "avatar-initials";
  item.title = `${person.name} is here`;
  const voice = document.createElement("span");
  voice.className = "visually-hidden";
  voice.textContent = item.title;
  item.append(person.initials, voice);
  return item;
}

// The answers to what the page asks anyway say now and then who is here.
document.body.addEventListener("people-here", (event) => {
  const { people } = /** @type {CustomEvent} */ (event).detail;
  document.getElementById("people-here")?.replaceChildren(...people.map(sign));
});
