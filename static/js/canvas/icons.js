// Icons of the page's own sheet, for what scripts build.
const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name one of scripts/icons.txt @returns {SVGElement} */
export function iconOf(name) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  const sheet = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "";
  use.setAttribute("href", `${sheet}#${name}`);
  icon.append(use);
  return icon;
}
