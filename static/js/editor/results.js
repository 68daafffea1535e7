// What a run made, shown in the editor: the line beneath the canvas, the signs on the outline's cards, the drawer's
// parts, which are asked for when somebody looks at them.
import { isOpen, narrow, showDrawerTab } from "./layout.js";
import { chosenStep } from "./panel.js";
import { lastTold, look } from "./watching.js";

const root = document.documentElement;
const title = document.title;
let resultsOf = "";
let logOf = "";
/** The run that was started in this window. @type {number | null} */
let own = null;

/** @param {string} state */
function badge(state) {
  const template = document.querySelector(`template[data-state-badge="${CSS.escape(state)}"]`);
  return template instanceof HTMLTemplateElement ? template.content.cloneNode(true) : document.createTextNode(state);
}

/** @param {string} text @param {string} [name] */
function words(text, name = "") {
  const span = document.createElement("span");
  span.textContent = text;
  if (name) span.className = name;
  return span;
}

/** @param {string} address @param {string} text */
function linkTo(address, text) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  return link;
}

/** The line of the drawer: state, how far, how long, and the way to the run's own page. */
function showLine() {
  const told = lastTold();
  const line = document.getElementById("drawer-run");
  if (!told?.run) {
    line.replaceChildren();
    return;
  }
  const facts = told.going ? [`${told.done} of ${told.total} steps`] : [told.took, told.figure].filter(Boolean);
  const links = [linkTo(told.page, `Open run ${told.run}`)];
  if (told.compare) links.unshift(linkTo(told.compare, `Compare with run ${told.before}`));
  line.replaceChildren(badge(told.state), ...facts.map((fact) => words(fact, "drawer-fact")), ...links);
  document.title = told.going ? `${told.done} of ${told.total} · ${title}` : title;
}

/** The signs on the outline's cards. */
function showSigns() {
  const told = lastTold();
  for (const place of document.querySelectorAll(".outline .step-run")) {
    const id = place.id.slice("run-of-".length);
    const step = told?.steps[id];
    if (!step || step.state === "waiting") place.replaceChildren();
    else {
      const link = document.createElement("a");
      link.className = "step-run-link";
      link.href = `${told.page}?step=${encodeURIComponent(id)}`;
      link.title = [`Run ${told.run}`, step.kept_from ? step.words : step.took].filter(Boolean).join(", ");
      link.append(badge(step.state));
      if (step.size) link.append(words(step.size, "step-rows"));
      place.replaceChildren(link);
    }
  }
}

/** Ask for what the open tab shows, when it is about something else than what was asked for. */
function refresh() {
  const told = lastTold();
  if (!told || !isOpen("drawer")) return;
  const about = `${told.run} ${told.state}`;
  if (root.dataset.drawerTab === "results") {
    const wanted = `${about} ${chosenStep()} ${told.steps[chosenStep()]?.state ?? ""}`;
    if (wanted !== resultsOf) ask("drawer-results", "results-wanted");
    resultsOf = wanted;
  } else if (root.dataset.drawerTab === "log") {
    if (String(told.run) !== logOf) ask("drawer-log", "log-wanted");
    logOf = String(told.run);
  }
}

/** @param {string} id @param {string} event */
function ask(id, event) {
  const place = document.getElementById(id);
  // Right after the page has loaded htmx may not have seen the element yet, and would miss the event.
  window.htmx.process(place);
  window.htmx.trigger(place, event);
}

document.addEventListener("run-told", () => {
  showLine();
  showSigns();
  refresh();
});
document.addEventListener("layout-changed", refresh);
document.addEventListener("step-chosen", refresh);

// Whoever has pressed Run on a narrow window sees what came out, unless they have turned to something else.
document.addEventListener("run-started", (event) => { own = event.detail.run; });
document.body.addEventListener("run-ended", (event) => {
  const isOwn = event.detail.run === own;
  if (isOwn && narrow.matches && !root.dataset.sheet) showDrawerTab("results");
});

export function startResults() {
  look();
}
