// Two people changed the same: both values, and the question which one shall count. One question at a time.

/**
 * @typedef {{label: string, mine: string, theirs: string}} Line
 * @typedef {{lines: Line[], keep: () => void, take: () => void}} Question
 */

/** @type {Question[]} */
const waiting = [];

/** @param {Question} question */
export function askWhich(question) {
  waiting.push(question);
  if (waiting.length === 1) show();
}

function show() {
  if (!waiting.length) return;
  const { lines, keep, take } = waiting[0];
  const notice = element("div", "notice notice-warning conflict");
  notice.id = "canvas-conflict";
  notice.setAttribute("role", "alert");
  const body = element("div");
  const list = element("dl", "conflict-list");
  for (const { label, mine, theirs } of lines) {
    const line = element("div");
    line.append(element("dt", "", label), valued("Yours: ", mine), valued("Theirs: ", theirs));
    list.append(line);
  }
  const actions = element("div", "conflict-actions");
  actions.append(button("Keep mine", "btn btn-sm btn-primary", keep), button("Take theirs", "btn btn-sm", take));
  body.append(element("p", "conflict-title", "Changed by somebody else, or in another window, at the same time"), list, actions);
  notice.append(body);
  document.querySelector(".editor-notices")?.append(notice);
}

/** @param {string} words @param {string} style @param {() => void} answer */
function button(words, style, answer) {
  const found = /** @type {HTMLButtonElement} */ (element("button", style, words));
  found.type = "button";
  found.addEventListener("click", () => {
    document.getElementById("canvas-conflict")?.remove();
    waiting.shift();
    answer();
    show();
  });
  return found;
}

/** @param {string} before @param {string} value */
function valued(before, value) {
  const found = element("dd", "", before);
  found.append(element("strong", "", value));
  return found;
}

/** @param {string} tag @param {string} [style] @param {string} [words] */
function element(tag, style = "", words = "") {
  const found = document.createElement(tag);
  if (style) found.className = style;
  found.textContent = words;
  return found;
}

/** A value as people read it. @param {any} value @returns {string} */
export function wordsOf(value) {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value === null || value === "" || (Array.isArray(value) && !value.length)) return "empty";
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What a field is called. @param {string} name */
export function titled(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
