// What the bar says of the draft: its number, when it was saved, what undo and redo would do. The server sends the whole
// bar after a change of the outline; after a change of the canvas only these words.

const KEYS = { undo: "Ctrl+Z", redo: "Ctrl+Shift+Z" };

/** @param {{revision: number, saved_at?: string}} draft */
export function showDraft({ revision, saved_at }) {
  const bar = document.getElementById("editor-bar");
  bar.dataset.revision = String(revision);
  if (saved_at) bar.dataset.savedAt = saved_at;
}

/** What can be undone and redone, in words; null where there is nothing. @param {{undo?: string | null, redo?: string | null}} words */
export function showTurns(words) {
  for (const kind of ["undo", "redo"]) {
    const button = buttonOf(kind);
    if (!button || !(kind in words)) continue;
    const title = kind === "undo" ? "Undo" : "Redo";
    const label = words[kind];
    button.disabled = label === null;
    button.setAttribute("aria-label", label ? `${title}: ${label}` : title);
    button.title = label === null ? `Nothing to ${kind}` : `${label ? `${title}: ${label}` : title} (${KEYS[kind]})`;
  }
}

/** @param {string} kind "undo" or "redo" @returns {HTMLButtonElement | null} */
function buttonOf(kind) {
  return document.querySelector(`#editor-bar form[data-act="${kind}"] button`);
}
