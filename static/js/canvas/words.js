// Numbers and times as the cards write them.
const [GROUP = ",", DECIMAL = "."] = document.documentElement.dataset.numberMarks ?? "";

/** A whole number with the reader's mark between thousands. @param {number} number */
export function figures(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, GROUP);
}

/** @param {number} seconds */
export function secondsIn(seconds) {
  if (seconds < 0.01) return `< 0${DECIMAL}01 s`;
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.095 ? 2 : 1).replace(".", DECIMAL)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
