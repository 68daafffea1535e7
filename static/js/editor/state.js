// The line that says how the draft is kept: Saving, Saved 12:04, Offline, Conflict. And a voice for screen readers.

const WORDS = {
  saving: "Saving …",
  offline: "Offline: what you change is kept here and sent when the connection is back",
  conflict: "Conflict: choose a value",
  refused: "Not saved: look at the marked field",
  fault: "Not saved: the server had a fault",
};
const SPOKEN = new Set(["offline", "conflict", "refused", "fault"]);
let present = "saved";

/** @param {"saved" | "saving" | "offline" | "conflict" | "refused" | "fault"} state */
export function show(state) {
  const bar = document.getElementById("editor-bar");
  const line = document.getElementById("save-state");
  line.dataset.state = state;
  document.getElementById("draft").textContent = `draft ${bar.dataset.revision}`;
  const words = state === "saved" ? `Saved ${bar.dataset.savedAt}` : WORDS[state];
  document.getElementById("saved").textContent = words;
  if (state !== present && (SPOKEN.has(state) || SPOKEN.has(present))) announce(words);
  present = state;
}

export function shown() {
  return present;
}

/** @param {string} words */
export function announce(words) {
  const voice = document.getElementById("announcer");
  voice.textContent = "";
  requestAnimationFrame(() => { voice.textContent = words; });
}
