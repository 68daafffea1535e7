// What every page does: messages, questions before something is destroyed, copying, forms sent once.
import { ask } from "./confirm.js";
import { tellRegion } from "./region.js";
import { followTables } from "./scrolling.js";
import { toast } from "./toasts.js";

tellRegion();
followTables();

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  const source = document.getElementById(copy.dataset.copy);
  const text = source.value ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
    toast("Copied.", "success");
  } catch {
    source.select?.();
    toast("The browser did not allow copying: select the text and copy it by hand.", "warning");
  }
});

// <form data-confirm="Delete dataset 'Titanic'?" data-confirm-yes="Delete">
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && form.dataset.confirmed !== "yes") {
    event.preventDefault();
    event.stopImmediatePropagation();
    const word = event.submitter?.dataset.confirmYes ?? form.dataset.confirmYes;
    if (await ask(question, word)) {
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
    }
    return;
  }
  delete form.dataset.confirmed;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent === "yes") event.preventDefault();
  form.dataset.sent = "yes";
}, true);

// A page that comes back from the browser's history can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// hx-confirm asks in the same dialog.
document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const word = event.detail.elt.dataset.confirmYes;
  if (await ask(event.detail.question, word)) event.detail.issueRequest(true);
});

document.addEventListener("htmx:sendError", () => {
  toast("Flowza cannot be reached. Check the connection; nothing was changed.", "danger");
});
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 422) return; // the form's own errors are in the answer
  if (status === 403 && event.detail.xhr.getResponseHeader("HX-Trigger")) return; // so is whom to ask
  const words = {
    403: "You may look at this, but not change it.",
    404: "This is not there any more. Load the page again.",
    413: "This is too large to send.",
    429: "Too many requests in a short time. Wait a minute.",
  };
  toast(words[status] ?? "Something went wrong on the server. It has been noted there.", "danger");
});

// A form's answer with errors is shown although its status is 422.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// HX-Trigger: {"toast": {"text": "Saved.", "level": "success"}}
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
