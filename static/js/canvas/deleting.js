// Steps deleted in one go: what a step read goes on to those that read from it, where the types allow.
import { perform } from "./doing.js";
import { removed } from "./plans.js";
import { nameOf, stepOf } from "./rules.js";

/**
 * @param {any} canvas
 * @param {Iterable<string>} ids
 * @returns {boolean} whether something was deleted
 */
export function removeSteps(canvas, ids) {
  const { graph } = canvas.doc;
  const present = [...ids].filter((id) => stepOf(graph, id));
  if (!present.length) return false;
  const name = nameOf(graph, present[0]);
  const [label, said] = present.length === 1
    ? [`Delete ${name}`, `'${name}' was deleted. Undo brings it back.`]
    : [`Delete ${present.length} steps`, `${present.length} steps were deleted. Undo brings them back.`];
  return perform(canvas, removed(graph, present), { label, said });
}
