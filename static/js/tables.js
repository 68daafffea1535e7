// Tables: copied as tab-separated text, and saved as CSV where no address gives the file.
import { toast } from "./toasts.js";

const FORMULA_START = /^[=+\-@\t\r]/;

/**
 * What a cell holds: all digits of a number, nothing for a missing value.
 * @param {HTMLElement} cell
 */
function valueOf(cell) {
  const named = /** @type {HTMLElement | null} */ (cell.querySelector("[data-name]"));
  const text = (cell.dataset.value ?? (named ?? cell).innerText).replace(/\s+/g, " ").trim();
  // A spreadsheet would compute a text that starts like a formula.
  return FORMULA_START.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
}

/**
 * @param {HTMLTableElement} table
 * @returns {string[][]}
 */
function linesOf(table) {
  return [...table.rows].map((row) =>
    [...row.cells].filter((cell) => !cell.hasAttribute("data-not-copied")).map(valueOf));
}

/** @param {Element} button */
const tableBeside = (button) => /** @type {HTMLTableElement} */ (button.closest("[data-table-box]").querySelector("table"));

/**
 * Through the clipboard where the browser has one (not on plain http), else by the old command.
 * @param {string} text
 */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const place = document.createElement("textarea");
  place.value = text;
  place.className = "visually-hidden";
  document.body.append(place);
  place.select();
  const done = document.execCommand("copy");
  place.remove();
  if (!done) throw new Error("The browser did not copy.");
}

/**
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * A name that is safe on every disk.
 * @param {string} words
 * @param {string} ending
 */
export function fileName(words, ending) {
  const name = words.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 80);
  return `${name || "flowza"}.${ending}`;
}

/** @param {string} text */
const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

document.addEventListener("click", async (event) => {
  const target = /** @type {Element} */ (event.target);
  const copier = target.closest("[data-copy-table]");
  if (copier) {
    const lines = linesOf(tableBeside(copier));
    try {
      await copy(lines.map((line) => line.join("\t")).join("\n"));
      const rows = lines.length - 1;
      toast(`Copied ${rows} ${rows === 1 ? "row" : "rows"} with the head. Paste them into a spreadsheet.`, "success");
    } catch {
      toast("The browser did not allow copying. Take the CSV instead.", "warning");
    }
    return;
  }
  const saver = /** @type {HTMLElement | null} */ (target.closest("[data-csv-table]"));
  if (saver) {
    const text = linesOf(tableBeside(saver)).map((line) => line.map(quoted).join(",")).join("\r\n");
    save(fileName(saver.dataset.csvTable, "csv"), new Blob([text, "\r\n"], { type: "text/csv" }));
  }
});
