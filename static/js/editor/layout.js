// The frame of the editor: canvas or outline, columns and drawer that close and open, on narrow windows as sheets. What
// a person chose is remembered in this browser; editor_layout.js reads it before the page is painted.
const KEY = "flowza-editor";
const LEAST_DRAWER = 120;
const ROOM_ABOVE = 220;
const STEP_OF_KEYS = 32;
const root = document.documentElement;
export const narrow = window.matchMedia("(max-width: 1023.98px)");

/** @typedef {"steps" | "side" | "drawer"} Part */

/** @param {Record<string, any>} more */
function remember(more) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
    localStorage.setItem(KEY, JSON.stringify({ ...kept, ...more }));
  } catch {
    // storage can be forbidden; then the next page begins as usual
  }
}

// Canvas and outline

/** @returns {"canvas" | "outline"} */
export function view() {
  return root.dataset.view === "outline" ? "outline" : "canvas";
}

/** @param {"canvas" | "outline"} name */
export function showView(name) {
  if (name !== view()) {
    root.dataset.view = name;
    remember({ view: name });
    const address = new URL(location.href);
    address.searchParams.delete("view");
    history.replaceState(null, "", address);
    foldSheet();
  }
  markView();
  document.dispatchEvent(new CustomEvent("view-changed", { detail: { view: name } }));
}

function markView() {
  for (const button of document.querySelectorAll("[data-show-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.showView === view()));
  }
}

// Columns and drawer

/** @param {Part} part */
export function isOpen(part) {
  return narrow.matches ? root.dataset.sheet === part : root.dataset[part] !== "closed";
}

/** @param {Part} part @param {boolean} open */
export function fold(part, open) {
  if (open === isOpen(part)) return;
  if (narrow.matches) root.dataset.sheet = open ? part : "";
  else {
    root.dataset[part] = open ? "open" : "closed";
    remember({ [part]: root.dataset[part] });
  }
  markFolds();
}

export function foldSheet() {
  if (root.dataset.sheet) fold(/** @type {Part} */ (root.dataset.sheet), false);
}

function markFolds() {
  for (const button of document.querySelectorAll("[data-fold]")) {
    button.setAttribute("aria-expanded", String(isOpen(button.dataset.fold)));
  }
  document.dispatchEvent(new CustomEvent("layout-changed"));
}

/** The part's first control gets the focus when it is opened by the keyboard. @param {Part} part */
function enter(part) {
  const first = { steps: "#steps-search", side: '#panel [role="tab"][aria-selected="true"]', drawer: '#drawer [role="tab"][aria-selected="true"]' };
  /** @type {HTMLElement | null} */ (document.querySelector(first[part]))?.focus();
}

// The drawer's tabs and height

/** @param {string} name @param {{open?: boolean}} [options] */
export function showDrawerTab(name, { open = true } = {}) {
  root.dataset.drawerTab = name;
  remember({ tab: name });
  markDrawerTabs();
  if (open) fold("drawer", true);
  document.dispatchEvent(new CustomEvent("layout-changed"));
}

function drawerTabs() {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#drawer [data-drawer-tab]")]);
}

function markDrawerTabs() {
  for (const tab of drawerTabs()) {
    const current = tab.dataset.drawerTab === root.dataset.drawerTab;
    tab.setAttribute("aria-selected", String(current));
    tab.tabIndex = current ? 0 : -1;
  }
}

/** @param {number} height of what lies beneath the drawer's bar */
function setHeight(height) {
  const most = Math.max(LEAST_DRAWER, window.innerHeight - ROOM_ABOVE);
  const clamped = Math.round(Math.min(Math.max(height, LEAST_DRAWER), most));
  root.style.setProperty("--drawer-height", `${clamped}px`);
  document.getElementById("drawer-grip").setAttribute("aria-valuenow", String(clamped));
  remember({ height: clamped });
  document.dispatchEvent(new CustomEvent("layout-changed"));
}

/** Pulling the upper edge of the drawer. @param {PointerEvent} event */
function pull(event) {
  const grip = /** @type {HTMLElement} */ (event.currentTarget);
  if (event.button !== 0) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const sum = document.getElementById("drawer-body").offsetHeight + event.clientY;
  const move = (/** @type {PointerEvent} */ now) => setHeight(sum - now.clientY);
  grip.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"]) {
    grip.addEventListener(end, () => grip.removeEventListener("pointermove", move), { once: true });
  }
}

// What people press

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const choice = target.closest("[data-show-view]");
  if (choice) showView(choice.dataset.showView);
  const button = target.closest("[data-fold]");
  if (button) {
    const part = button.dataset.fold;
    fold(part, !isOpen(part));
    if (event.detail === 0 && isOpen(part) && part !== "drawer") enter(part);
  }
  const tab = target.closest("#drawer [data-drawer-tab]");
  if (tab) showDrawerTab(tab.dataset.drawerTab);
  if (target.closest('a[href="#advice"]')) {
    event.preventDefault();
    showDrawerTab("advice");
    document.getElementById("drawer-tab-advice").focus();
  }
});
document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.id === "drawer-grip" && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    const height = document.getElementById("drawer-body").offsetHeight;
    setHeight(height + (event.key === "ArrowUp" ? STEP_OF_KEYS : -STEP_OF_KEYS));
  }
  if (target.matches?.("#drawer [data-drawer-tab]") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    event.preventDefault();
    const tabs = drawerTabs();
    const next = tabs[(tabs.indexOf(target) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    showDrawerTab(next.dataset.drawerTab);
    next.focus();
  }
  if (event.key === "Escape" && root.dataset.sheet && !document.querySelector("dialog[open]")) {
    const part = root.dataset.sheet;
    event.preventDefault();
    foldSheet();
    /** @type {HTMLElement | null} */ (document.querySelector(`.editor-dock [data-fold="${part}"]`))?.focus();
  }
});

// The column of steps: its search.

document.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (!field.matches("[data-steps-search]")) return;
  const wanted = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const group of document.querySelectorAll("[data-steps-group]")) {
    let here = 0;
    for (const item of group.querySelectorAll("[data-steps-item]")) {
      item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
      here += item.hidden ? 0 : 1;
    }
    group.hidden = !here;
    left += here;
  }
  document.querySelector("[data-steps-nothing]").hidden = left > 0;
});

export function startLayout() {
  if (new URLSearchParams(location.search).has("view")) remember({ view: view() });
  markView();
  markFolds();
  markDrawerTabs();
  document.getElementById("drawer-grip").addEventListener("pointerdown", pull);
  narrow.addEventListener("change", () => {
    root.dataset.sheet = "";
    markFolds();
  });
}
