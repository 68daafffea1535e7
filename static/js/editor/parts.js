// Puts the parts that the server sends in the place of those that the page shows. What did not change stays as it is:
// focus, open menus, text that is being typed.
import { isProtected, settleFields } from "./fields.js";
import { placePanel, showTab } from "./panel.js";

const callbacks = {
  /** @param {Element} old @param {Element} fresh */
  beforeNodeMorphed(old, fresh) {
    if (!(old instanceof Element)) return true;
    if (old.hasAttribute("data-keep") && fresh instanceof Element && old.id === fresh.id) return false;
    if (old.hasAttribute("data-field") && isProtected(old)) {
      settleFields(old, fresh);
      return false;
    }
    return true;
  },
  /** @param {Element} node */
  beforeNodeRemoved(node) {
    return !(node instanceof Element && node.id === "panel");
  },
  /** @param {string} name @param {Element} node @param {string} change */
  beforeAttributeUpdated(name, node, change) {
    return !(name === "open" && change === "remove" && node instanceof HTMLDetailsElement);
  },
};

/**
 * @param {string} html
 * @returns {boolean} whether these were parts of the editor; another page leaves everything as it is
 */
export function applyParts(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  if (!parsed.querySelector("#editor-bar, #panel")) return false;
  for (const fresh of [...parsed.body.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (!old) continue;
    if (fresh.id === "graph-data") applyGraph(old, fresh);
    else if (fresh.id === "panel") applyPanel(old, fresh);
    else if (fresh.id === "outline") applyOutline(old, fresh);
    else window.Idiomorph.morph(old, fresh, { callbacks });
  }
  placePanel();
  showTab();
  return true;
}

/** @param {Element} old @param {Element} fresh */
function applyGraph(old, fresh) {
  old.textContent = fresh.textContent;
  document.dispatchEvent(new CustomEvent("graph-data", { detail: JSON.parse(fresh.textContent) }));
}

/** @param {Element} old @param {Element} fresh */
function applyOutline(old, fresh) {
  const panel = document.getElementById("panel");
  const place = panel.closest("[data-place]");
  // The card that holds the panel may be gone.
  if (place && !fresh.querySelector(`[data-place="${CSS.escape(place.getAttribute("data-place"))}"]`)) {
    document.getElementById("panel-home").append(panel);
  }
  window.Idiomorph.morph(old, fresh, { callbacks });
  window.htmx.process(document.getElementById("outline"));
}

/** @param {HTMLElement} old @param {HTMLElement} fresh */
function applyPanel(old, fresh) {
  const same = old.dataset.step === fresh.dataset.step;
  if (same) window.Idiomorph.morph(old, fresh, { callbacks });
  else old.replaceWith(fresh);
  const panel = document.getElementById("panel");
  window.htmx.process(panel);
  if (!same) document.dispatchEvent(new CustomEvent("panel-changed"));
  if (!same && panel.querySelector("[data-incomplete]")) {
    placePanel();
    window.htmx.trigger(document.getElementById("advice"), "advice-wanted");
  }
  document.dispatchEvent(new CustomEvent("fields-changed"));
}

// Signs for cards that have gone since they were asked for.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.detail.serverResponse?.includes("hx-swap-oob")) return;
  const answer = document.createElement("template");
  answer.innerHTML = event.detail.serverResponse;
  for (const sign of answer.content.querySelectorAll("[hx-swap-oob]")) {
    if (!document.getElementById(sign.id)) sign.remove();
  }
  event.detail.serverResponse = answer.innerHTML;
});
