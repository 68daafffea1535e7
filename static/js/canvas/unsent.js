// What was done here and is not known to have arrived, kept in the browser until it is: a reload without a connection
// loses nothing. Each change lies under its own mark, so that two tabs do not write over each other.

/**
 * @typedef {{op_id: string, ops: import("./apply.js").Op[], label: string, was: Record<string, any>, restored?: boolean}} Batch
 */

let last = 0;

export class Unsent {
  /** @param {string} workflow @param {string} user whose changes they are: nobody else may send them */
  constructor(workflow, user) {
    this.prefix = `unsent ${user} ${workflow} `;
  }

  /** @param {Batch} batch */
  keep(batch) {
    last = Math.max(last + 1, Date.now());
    const { op_id, ops, label, was } = batch;
    try {
      localStorage.setItem(this.prefix + op_id, JSON.stringify({ at: last, op_id, ops, label, was }));
    } catch {
      // no room, or not allowed: then it lives as long as the page
    }
  }

  /** @param {Batch} batch */
  drop(batch) {
    try {
      localStorage.removeItem(this.prefix + batch.op_id);
    } catch {
      // nothing was kept either
    }
  }

  /** In the order in which they were made. @returns {Batch[]} */
  all() {
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(this.prefix));
      return names
        .map((name) => read(localStorage.getItem(name)))
        .filter((batch) => batch !== null)
        .sort((one, other) => one.at - other.at)
        .map(({ op_id, ops, label, was }) => ({ op_id, ops, label, was, restored: true }));
    } catch {
      return [];
    }
  }
}

/** What one entry holds; null for what this release does not understand. @param {string | null} text */
function read(text) {
  try {
    const batch = JSON.parse(text ?? "null");
    const isWhole = typeof batch?.op_id === "string" && Array.isArray(batch.ops) && batch.was !== null && typeof batch.was === "object";
    return isWhole ? batch : null;
  } catch {
    return null;
  }
}
