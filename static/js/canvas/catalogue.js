// The kinds of steps, as the page carries them.

/**
 * @typedef {{name: string, label: string, type: "dataset" | "model" | "report", many?: boolean, required?: boolean}} Port
 * @typedef {{kind: string, label: string, category: string, category_label: string, icon: string, brief: string, inputs: Port[], outputs: Port[]}} Kind
 */

/** @type {{categories: {name: string, label: string}[], kinds: Kind[]} | null} */
let read = null;
/** @type {Map<string, Kind>} */
let named = new Map();

function catalogue() {
  if (!read) {
    read = JSON.parse(document.getElementById("catalogue")?.textContent ?? '{"categories": [], "kinds": []}');
    named = new Map(read.kinds.map((one) => [one.kind, one]));
  }
  return read;
}

/** @param {string} name @returns {Kind | undefined} */
export function kind(name) {
  catalogue();
  return named.get(name);
}

/** In the palette's order. @returns {Kind[]} */
export function kinds() {
  return catalogue().kinds;
}

export function categories() {
  return catalogue().categories;
}
