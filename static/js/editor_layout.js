// Runs before the first paint: which view the editor shows, and which of its columns are closed. The address says the
// view first, then what was chosen last in this browser, then the width of the window.
(() => {
  const root = document.documentElement;
  /** @type {Record<string, any>} */
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem("flowza-editor") ?? "{}") ?? {};
  } catch {
    // storage can be forbidden, or hold what nobody understands; then nothing is remembered
  }
  const views = ["canvas", "outline"];
  const asked = new URLSearchParams(location.search).get("view");
  const usual = window.matchMedia("(min-width: 900px)").matches ? "canvas" : "outline";
  root.dataset.view = [asked, kept.view].find((view) => views.includes(view)) ?? usual;
  for (const part of ["steps", "side", "drawer"]) root.dataset[part] = kept[part] === "closed" ? "closed" : "open";
  root.dataset.drawerTab = ["results", "log", "advice"].includes(kept.tab) ? kept.tab : "results";
  if (Number.isFinite(kept.height)) root.style.setProperty("--drawer-height", `${kept.height}px`);
})();
