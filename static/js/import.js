// The preview of import settings comes again after each change: what was opened and scrolled to stays so.

/** @type {{left: number, open: Set<string>}} */
const kept = { left: 0, open: new Set() };

/** @param {Element} details */
const nameOf = (details) => details.closest("th")?.querySelector("select")?.id ?? "";

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "import-preview") return;
  kept.left = event.detail.target.querySelector("[data-keep-scroll]")?.scrollLeft ?? kept.left;
  kept.open = new Set([...event.detail.target.querySelectorAll("details[open]")].map(nameOf));
});

document.addEventListener("htmx:afterSwap", () => {
  const preview = document.getElementById("import-preview");
  const scroll = preview?.querySelector("[data-keep-scroll]");
  if (!preview || !scroll) return;
  for (const details of preview.querySelectorAll("details")) details.open = kept.open.has(nameOf(details));
  scroll.scrollLeft = kept.left;
});

// The form is sent by hx-post for its preview; its buttons send it as a whole, once.
for (const form of document.querySelectorAll("form[data-import]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent === "yes") event.preventDefault();
    form.dataset.sent = "yes";
  });
}
