// The fields of a step: shown when they matter, rows that grow and shrink, long lists of columns with search.
// Fields that are being edited are protected from what the server sends meanwhile.

const MANY = 8;
/** Names of fields edited since the form was sent last. @type {Set<string>} */
export const edited = new Set();

/** @param {Element} row a [data-field] */
export function isProtected(row) {
  return edited.has(row.getAttribute("data-field")) || row.contains(document.activeElement);
}

/**
 * What the server says about a protected field, without touching what is typed.
 * @param {Element} row
 * @param {Element} fresh
 */
export function settleFields(row, fresh) {
  if (edited.has(row.getAttribute("data-field"))) return;
  const errors = fresh.querySelector(".field-error:not(.gone-note)");
  row.querySelector(".field-error:not(.gone-note)")?.remove();
  const control = row.querySelector("input, select, textarea");
  const group = row.querySelector(".form-row") ?? row;
  if (errors) group.append(errors);
  control?.classList.toggle("is-invalid", Boolean(errors));
  if (errors) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
}

/**
 * Values now chosen under a name; several for check boxes.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function chosen(form, name) {
  const box = form.elements.namedItem(name);
  if (box instanceof HTMLInputElement && box.type === "checkbox") return [box.checked ? "true" : "false"];
  return new FormData(form).getAll(name).map(String);
}

/**
 * Show the fields whose condition holds. A condition names fields of the same form or the same row.
 * @param {HTMLFormElement} form
 */
function showWhatMatters(form) {
  for (const input of form.querySelectorAll("[data-shown-when]")) {
    const prefix = input.name.replace(/[^-]+$/, "");
    const condition = JSON.parse(input.dataset.shownWhen);
    const holds = Object.entries(condition).every(([name, values]) => {
      const now = chosen(form, prefix + name);
      return values.map(String).some((value) => now.includes(value));
    });
    const row = input.closest(".form-row");
    if (row) row.hidden = !holds;
  }
}

/** @param {HTMLElement} list */
function addRow(list) {
  const lines = list.querySelectorAll(":scope > .rows-line");
  const last = lines[lines.length - 1];
  const copy = /** @type {HTMLElement} */ (last.cloneNode(true));
  const count = lines.length;
  for (const element of copy.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
    for (const attribute of ["name", "id", "for", "aria-describedby"]) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replace(/-\d+-(?=[^-]*$)/, `-${count}-`));
    }
    clear(element);
  }
  copy.hidden = false;
  copy.setAttribute("aria-label", `Row ${count + 1}`);
  last.after(copy);
  copy.querySelector("select, input")?.focus();
}

/** @param {Element} element */
function clear(element) {
  if (element instanceof HTMLSelectElement) element.value = element.options[0]?.value ?? "";
  else if ("value" in element && element.type !== "checkbox") element.value = "";
}

/** A row without a value in its first field is not stored. @param {HTMLElement} line */
function removeRow(line) {
  const list = line.closest("[data-rows]");
  for (const element of line.querySelectorAll("input, select, textarea")) clear(element);
  line.hidden = true;
  line.querySelector("input, select, textarea")?.dispatchEvent(new Event("change", { bubbles: true }));
  (list.querySelector("[data-rows-add]") ?? list).focus();
}

/** @param {HTMLElement} picker */
function countPicked(picker) {
  const boxes = [...picker.querySelectorAll("input[type=checkbox]")];
  const count = picker.querySelector("[data-picked]");
  if (count) count.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} chosen`;
}

/** All or none of the columns that the search leaves. @param {HTMLElement} picker @param {boolean} on */
function pickAll(picker, on) {
  for (const option of picker.querySelectorAll("[data-option]")) {
    if (!option.hidden) option.querySelector("input").checked = on;
  }
  countPicked(picker);
  picker.querySelector("input[type=checkbox]")?.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLElement} picker @param {string} words */
function search(picker, words) {
  const wanted = words.trim().toLowerCase();
  for (const option of picker.querySelectorAll("[data-option]")) {
    option.hidden = Boolean(wanted) && !option.textContent.toLowerCase().includes(wanted);
  }
}

/** @param {ParentNode} root */
export function prepare(root) {
  for (const form of root.querySelectorAll("form[data-step-form]")) showWhatMatters(form);
  for (const button of root.querySelectorAll("[data-rows-add], [data-rows-remove]")) button.hidden = false;
  for (const picker of root.querySelectorAll("[data-picker]")) {
    const tools = picker.querySelector("[data-picker-tools]");
    if (tools) tools.hidden = picker.querySelectorAll("[data-option]").length < MANY;
    const words = picker.querySelector("[data-picker-search]");
    if (words) search(picker, words.value);
    countPicked(picker);
  }
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const add = target.closest("[data-rows-add]");
  if (add) addRow(add.closest("[data-rows]"));
  const remove = target.closest("[data-rows-remove]");
  if (remove) removeRow(remove.closest(".rows-line"));
  const all = target.closest("[data-pick]");
  if (all) pickAll(all.closest("[data-picker]"), all.dataset.pick === "all");
});
document.addEventListener("input", (event) => {
  const words = event.target.closest("[data-picker-search]");
  if (words) search(words.closest("[data-picker]"), words.value);
});
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("form[data-step-form]")) showWhatMatters(form);
  const picker = event.target.closest("[data-picker]");
  if (picker) countPicked(picker);
});
document.addEventListener("fields-changed", () => prepare(document.getElementById("panel")));
