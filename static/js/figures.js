// Figures: Plotly is fetched when the first figure comes into view; each takes the page's fonts and colours.

import { fileName, save } from "./tables.js";
import { toast } from "./toasts.js";

const PLOTLY = document.getElementById("figures-script").dataset.plotly;
/** @type {Promise<any> | undefined} */
let loading;
/** @type {Set<HTMLElement>} */
const drawn = new Set();

// Plotly writes a few style attributes into its drawings, which the page's policy forbids as text; the same
// declarations through the style object are allowed.
function styleByObject() {
  const setAttribute = Element.prototype.setAttribute;
  SVGElement.prototype.setAttribute = function (name, value) {
    if (name === "style") this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}

function plotly() {
  loading ??= new Promise((resolve, reject) => {
    styleByObject();
    const script = document.createElement("script");
    script.src = PLOTLY;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("Plotly could not be loaded."));
    document.head.append(script);
  });
  return loading;
}

/** What of the layout is the page's: fonts, grounds, lines. */
function pageLayout() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  return { ink: token("--fz-ink"), muted: token("--fz-muted"), line: token("--fz-line"), card: token("--fz-card") };
}

/** The decimal mark and the group mark of the page, as Plotly wants them. */
function separators() {
  const [group = ",", decimal = "."] = document.documentElement.dataset.numberMarks ?? "";
  return decimal + group;
}

/** @param {Record<string, any>} layout */
function themed(layout) {
  const { ink, muted, line, card } = pageLayout();
  const axes = Object.fromEntries(
    Object.entries({ xaxis: {}, yaxis: {}, ...layout })
      .filter(([name]) => /^[xy]axis\d*$/.test(name))
      .map(([name, axis]) => [name, {
        automargin: true, ...axis, gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line,
        tickfont: { color: muted }, title: { standoff: 10, ...axis.title, font: { size: 12, color: muted } },
      }]),
  );
  return {
    ...layout,
    ...axes,
    separators: separators(),
    autosize: true,
    margin: { l: 48, r: 16, t: layout.showlegend === false ? 12 : 36, b: 44, ...layout.margin },
    font: { family: '"Inter Variable", system-ui, sans-serif', size: 12, color: ink },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", ...layout.legend },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hoverlabel: { bgcolor: card, bordercolor: line, font: { color: ink } },
  };
}

// The colours of figures on a dark ground, brighter and as far from each other.
const ON_DARK = { "#0072B2": "#56B4E9", "#D55E00": "#FF9046", "#009E73": "#3CCFA0", "#CC79A7": "#E8A5CC",
  "#8A7400": "#D9BF3C", "#808080": "#A0A8B0" };

/** @param {any[]} data */
function inked(data) {
  if (document.documentElement.dataset.bsTheme !== "dark") return data;
  return data.map((trace) => {
    const bright = { ...trace };
    for (const part of ["line", "marker"]) {
      const colour = ON_DARK[trace[part]?.color];
      if (colour) bright[part] = { ...trace[part], color: colour };
    }
    return bright;
  });
}

const NARROW = 480;
const SHORT_TICK = 10;

/** Colour scales in the page's letters; in a narrow place they lie above the map, and its labels are short. */
function fitted({ data, layout }, width) {
  if (!data.some(({ type }) => type === "heatmap")) return { data, layout };
  const narrow = width < NARROW;
  const bar = narrow
    ? { orientation: "h", x: 0.5, y: 1.03, yanchor: "bottom", thickness: 10 }
    : { thickness: 14 };
  const traces = data.map((trace) => ({
    ...trace,
    colorbar: { ...trace.colorbar, ...bar, outlinewidth: 0,
      title: { ...trace.colorbar?.title, side: narrow ? "top" : "right", font: { size: 12 } } },
  }));
  if (!narrow) return { data: traces, layout };
  const short = (word) => {
    const letters = word.match(/&(?:amp|lt|gt);|./gsu) ?? [];
    return letters.length > SHORT_TICK ? `${letters.slice(0, SHORT_TICK - 1).join("")}…` : word;
  };
  const axes = Object.fromEntries(
    Object.entries(layout)
      .filter(([, axis]) => Array.isArray(axis?.ticktext))
      .map(([name, axis]) => [name, { ...axis, ticktext: axis.ticktext.map(short) }]),
  );
  return { data: traces, layout: { ...layout, ...axes } };
}

/** @param {HTMLElement} figure */
async function draw(figure) {
  const place = /** @type {HTMLElement} */ (figure.querySelector(".plot-place"));
  const { data, layout } = fitted(JSON.parse(figure.dataset.figure), place.clientWidth);
  try {
    const Plotly = await plotly();
    if (!place.isConnected) return;
    await Plotly.newPlot(place, inked(data), themed(layout), { displaylogo: false, responsive: true, displayModeBar: false });
    place.classList.add("plot-drawn");
    figure.plotlyLayout = layout;
    figure.plotlyData = data;
    figure.querySelector("[data-figure-png]")?.removeAttribute("hidden");
    drawn.add(figure);
  } catch (error) {
    place.textContent = "The figure could not be drawn; its table holds the same numbers.";
    figure.querySelector("details")?.setAttribute("open", "");
    console.error(error);
  }
}

const PNG = { width: 960, height: 540, scale: 2 };

/**
 * The figure as a file, on the ground of the page's cards: on none, a dark page's letters would be lost elsewhere.
 * @param {HTMLElement} figure
 * @param {string} name
 */
async function savePng(figure, name) {
  const Plotly = await plotly();
  const layout = themed(figure.plotlyLayout);
  const { card } = pageLayout();
  const whole = { ...layout, paper_bgcolor: card, plot_bgcolor: card, title: { text: name, font: { size: 15 } },
    margin: { ...layout.margin, t: 84 } };
  const address = await Plotly.toImage({ data: inked(figure.plotlyData), layout: whole }, { format: "png", ...PNG });
  const bytes = Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
  save(fileName(name, "png"), new Blob([bytes], { type: "image/png" }));
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-figure-png]");
  if (!button) return;
  try {
    await savePng(button.closest("figure"), button.dataset.figurePng);
  } catch (error) {
    toast("The picture could not be made. The table below the figure holds the same numbers.", "danger");
    console.error(error);
  }
});

const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
}, { rootMargin: "200px" });

/** @param {ParentNode} root */
function watch(root) {
  for (const figure of root.querySelectorAll("figure[data-figure]")) seen.observe(figure);
}

new MutationObserver(() => {
  for (const figure of drawn) {
    if (!figure.isConnected) drawn.delete(figure);
    else window.Plotly.react(figure.querySelector(".plot-place"), inked(figure.plotlyData), themed(figure.plotlyLayout));
  }
}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });

document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
// What htmx takes away, Plotly lets go of.
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  const element = event.detail.elt;
  if (element instanceof HTMLElement && element.classList.contains("plot-drawn")) window.Plotly?.purge(element);
});
watch(document);
