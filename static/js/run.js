// The page of a run: keys that make a double click one run, the chosen step marked, its result when the run ends.

/** @param {ParentNode} root */
function giveKeys(root) {
  for (const form of root.querySelectorAll("form[data-run]")) {
    form.elements.idempotency_key.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  }
}
giveKeys(document);
window.addEventListener("pageshow", (event) => event.persisted && giveKeys(document));

const panel = document.querySelector("[data-run-panel]");

function shownStep() {
  return panel?.querySelector("[data-step-shown]")?.dataset.stepShown ?? "";
}

function markShown() {
  const shown = shownStep();
  for (const link of document.querySelectorAll("[data-timeline]")) {
    if (link.dataset.timeline === shown) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
document.addEventListener("htmx:afterSettle", markShown);

// On a phone the panel lies below the steps: what was chosen comes into view.
document.addEventListener("htmx:afterSwap", (event) => {
  const chosen = event.detail.requestConfig?.elt?.matches?.("[data-timeline]");
  if (event.detail.target === panel && chosen && panel.getBoundingClientRect().top > innerHeight * 0.7) {
    panel.scrollIntoView({ block: "start" });
  }
});

// The last answer of the poll says that the run has ended: the head is made new, and the telling step is shown
// unless somebody has chosen another one.
document.body.addEventListener("run-finished", (event) => {
  const step = event.detail.step;
  if (!shownStep() && step) {
    const address = panel.dataset.stepAddress.replace("STEP", encodeURIComponent(step));
    window.htmx.ajax("GET", address, { target: panel });
  }
  window.htmx.ajax("GET", location.href, { target: ".page-top", select: ".page-top", swap: "outerHTML" })
    .then(() => giveKeys(document));
});

// Runs to compare: the button says how many are chosen and waits for enough of them.
function countChosen() {
  for (const form of document.querySelectorAll("form[data-compare]")) {
    const chosen = [...form.elements].filter((box) => box.name === "run" && box.checked).length;
    const { fewest, most } = form.dataset;
    const button = form.querySelector("button");
    button.disabled = chosen < Number(fewest) || chosen > Number(most);
    form.querySelector("[data-chosen]").textContent = chosen > Number(most)
      ? `${chosen} chosen, ${most} at most`
      : chosen ? `${chosen} chosen` : `Choose ${fewest} to ${most} runs`;
  }
}
document.addEventListener("change", (event) => event.target.name === "run" && countChosen());
document.addEventListener("htmx:afterSettle", countChosen);
countChosen();

// A form for one note or one tag list opens with the caret in it, and Escape leaves it as it was.
document.addEventListener("htmx:afterSettle", (event) => event.detail.elt.querySelector?.("[data-mark-input]")?.focus());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches?.("[data-mark-input]")) return;
  event.target.form.querySelector("[data-mark-cancel]").click();
});
