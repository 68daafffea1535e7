// A search for steps at a place of the canvas: what fits there first, the others with the reason why not. Arrow keys and
// Enter, or a press. What is done with the chosen kind is told by whoever opens it.
import { offers } from "./rules.js";
import { place } from "./saying.js";

/** @type {HTMLDialogElement | null} */
let open = null;
let count = 0;

/**
 * @typedef {import("./rules.js").Offer} Offer
 * @typedef {object} Search
 * @property {import("./saying.js").Spot} spot where in the window
 * @property {string} title what the steps are for
 * @property {import("./rules.js").End | null} [end] the port that the new step is wired to
 * @property {Offer[]} [offers] instead of those for the end
 * @property {(offer: Offer) => void} choose
 * @property {() => void} [closed]
 */

/** @param {any} canvas @param {Search} search */
export function openQuickAdd(canvas, search) {
  if (canvas.readOnly) return;
  open?.close();
  const dialog = /** @type {HTMLDialogElement} */ (document.createElement("dialog"));
  dialog.className = "quick-add";
  dialog.setAttribute("aria-label", search.title);
  const list = listOf();
  const input = inputOf(search.title, list.id);
  const nothing = textOf("p", "quick-add-nothing", "No step is called that.");
  dialog.append(textOf("p", "quick-add-title", search.title), input, list, nothing);
  document.body.append(dialog);
  const all = sorted(search.offers ?? offers(canvas.doc.graph, search.end ?? null));
  const show = () => {
    const found = matching(all, input.value);
    list.replaceChildren(...rows(found, !input.value.trim()));
    nothing.hidden = found.length > 0;
    point(input, list, 0);
  };
  const take = (row) => {
    const offer = all.find((one) => one.kind.kind === row?.dataset.kind);
    if (!offer) return;
    if (offer.refusal) {
      canvas.announce(offer.refusal);
      return;
    }
    dialog.close();
    search.choose(offer);
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => pressed(event, input, list, take));
  list.addEventListener("click", (event) => take(/** @type {Element} */ (event.target).closest("[role=option]")));
  // The first tap after a quick pull of a finger brings no click. What scrolls the list cannot be cancelled.
  let touched = null;
  list.addEventListener("touchstart", (event) => { touched = event.touches[0]; }, { passive: true });
  list.addEventListener("touchend", (event) => {
    const { clientX, clientY } = event.changedTouches[0];
    if (!event.cancelable || !touched || Math.hypot(clientX - touched.clientX, clientY - touched.clientY) > 8) return;
    event.preventDefault();
    take(/** @type {Element} */ (event.target).closest("[role=option]"));
  });
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && !isInside(dialog, event)) dialog.close();
  });
  dialog.addEventListener("close", () => {
    if (open === dialog) open = null;
    dialog.remove();
    search.closed?.();
  });
  show();
  dialog.showModal();
  place(dialog, search.spot);
  input.focus();
  open = dialog;
}

// What is listed

/** What fits first; within that the order of the catalogue. @param {Offer[]} all */
function sorted(all) {
  return [...all.filter((offer) => !offer.refusal), ...all.filter((offer) => offer.refusal)];
}

/** @param {Offer[]} all @param {string} words */
function matching(all, words) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ kind }) => wanted.every((word) => wordsOf(kind).includes(word)));
  if (!wanted.length) return found;
  // A name that begins with what was typed is most likely meant.
  const leads = ({ kind, refusal }) => (refusal ? 2 : 0) + (kind.label.toLowerCase().startsWith(wanted[0]) ? 0 : 1);
  return found.sort((one, other) => leads(one) - leads(other));
}

/** @param {any} kind */
function wordsOf(kind) {
  return `${kind.label} ${kind.brief ?? ""} ${kind.category_label} ${kind.kind.replaceAll("_", " ")}`.toLowerCase();
}

/** @param {Offer[]} found @param {boolean} grouped by category */
function rows(found, grouped) {
  let heading = "";
  return found.flatMap((offer) => {
    const head = offer.refusal ? "Does not fit here" : grouped ? offer.kind.category_label : "";
    const lines = head === heading ? [] : [textOf("li", "quick-add-category", head)];
    heading = head;
    lines[0]?.setAttribute("role", "presentation");
    return [...lines, rowOf(offer)];
  });
}

/** @param {Offer} offer */
function rowOf({ kind, refusal }) {
  const row = document.createElement("li");
  row.id = `quick-add-${count}-${kind.kind}`;
  row.className = `quick-add-kind is-${kind.outputs[0]?.type ?? "report"}`;
  row.dataset.kind = kind.kind;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  if (refusal) row.setAttribute("aria-disabled", "true");
  row.append(textOf("span", "quick-add-dot", ""), textOf("span", "quick-add-label", kind.label));
  row.append(textOf("span", "quick-add-brief", refusal || kind.brief || ""));
  return row;
}

// The search box

/** @param {KeyboardEvent} event @param {HTMLInputElement} input @param {HTMLElement} list @param {(row: any) => void} take */
function pressed(event, input, list, take) {
  const found = optionsOf(list);
  const at = found.findIndex((row) => row.id === input.getAttribute("aria-activedescendant"));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 6, PageUp: at - 6 }[event.key];
  if (event.key === "Enter") take(found[at]);
  else if (event.key === "Tab") open?.close();
  else if (to === undefined) return;
  else point(input, list, to);
  event.preventDefault();
}

/** Marks one row as the one that Enter takes. @param {HTMLInputElement} input @param {HTMLElement} list @param {number} to */
function point(input, list, to) {
  const found = optionsOf(list);
  const at = Math.max(0, Math.min(to, found.length - 1));
  found.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
  if (found[at]) input.setAttribute("aria-activedescendant", found[at].id);
  else input.removeAttribute("aria-activedescendant");
  found[at]?.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement} list */
function optionsOf(list) {
  return /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);
}

/** @param {string} title @param {string} list the id of the list that it searches */
function inputOf(title, list) {
  const input = document.createElement("input");
  input.type = "search";
  input.className = "form-control";
  input.placeholder = "Find a step";
  input.autocomplete = "off";
  const attributes = { role: "combobox", "aria-expanded": "true", "aria-controls": list, "aria-autocomplete": "list", "aria-label": title };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  return input;
}

function listOf() {
  count += 1;
  const list = document.createElement("ul");
  list.id = `quick-add-${count}`;
  list.className = "quick-add-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Steps");
  return list;
}

/** @param {string} tag @param {string} name @param {string} words */
function textOf(tag, name, words) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = words;
  return element;
}

/** @param {HTMLElement} dialog @param {PointerEvent} event */
function isInside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}
