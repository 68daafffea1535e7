// The browser's time zone and number format, told once to a person's account that has none yet.

/** Which of the formats of Flowza the browser writes numbers in: named after what groups thousands. */
function numberFormat() {
  const parts = new Intl.NumberFormat(navigator.language, { useGrouping: true }).formatToParts(1234567.5);
  const group = parts.find(({ type }) => type === "group")?.value ?? ",";
  const decimal = parts.find(({ type }) => type === "decimal")?.value ?? ".";
  if ("'’".includes(group)) return "apostrophe";
  if (group.trim() === "") return "space";
  return decimal === "," ? "point" : "comma";
}

/** Posts both to the address that the page gives while they are not known. */
export function tellRegion() {
  const { region } = document.body.dataset;
  if (!region) return;
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
  const body = new URLSearchParams({
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
    number_format: numberFormat(),
  });
  // When it does not arrive, the next page tells it again.
  fetch(region, { method: "POST", body, headers: { "X-CSRFToken": token }, keepalive: true }).catch(() => {});
}
