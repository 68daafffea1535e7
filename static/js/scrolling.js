// Tables that are wider than their place can be scrolled by the keyboard, too; the others are no stop of the Tab key.

/** @param {Element} place */
function reach(place) {
  const wide = place.scrollWidth > place.clientWidth;
  if (wide === place.hasAttribute("tabindex")) return;
  if (wide) {
    place.setAttribute("tabindex", "0");
    place.setAttribute("role", "group");
    if (!place.hasAttribute("aria-label")) place.setAttribute("aria-label", "Table that scrolls sideways");
  } else {
    place.removeAttribute("tabindex");
    place.removeAttribute("role");
  }
}

/** Looks at every table now, when its size changes, and when a part of the page was exchanged. */
export function followTables() {
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));
  const look = () => document.querySelectorAll(".table-scroll").forEach((place) => {
    reach(place);
    watch.observe(place);
  });
  look();
  document.addEventListener("htmx:afterSettle", look);
}
