// The graph as this window sees it: what the server has confirmed, and over it what was done here and is on its way.
// A change is shown at once, sent in its turn, and taken back when the server refuses it.
import { toast } from "../toasts.js";
import { mark, rest, send } from "../editor/sender.js";
import { announce, show } from "../editor/state.js";
import { chosenStep } from "../editor/panel.js";
import { apply, NoTarget } from "./apply.js";

/**
 * @typedef {import("./apply.js").Graph} Graph
 * @typedef {import("./apply.js").Op} Op
 * @typedef {{op_id: string, ops: Op[], label: string}} Batch
 */

const PARTS_MILLISECONDS = 250;

export class GraphDocument extends EventTarget {
  constructor() {
    super();
    this.editor = document.getElementById("editor");
    const carried = JSON.parse(document.getElementById("graph-data")?.textContent || "null");
    this.revision = carried?.revision ?? 0;
    /** @type {Graph} what the server has */
    this.confirmed = carried?.graph ?? { format: 1, seed: 0, nodes: [], edges: [] };
    /** @type {Graph} what is shown */
    this.graph = this.confirmed;
    /** @type {Record<string, string>} */
    this.told = carried?.told ?? {};
    /** @type {Batch[]} */
    this.pending = [];
    this.timer = 0;
    document.addEventListener("graph-data", (event) => this.take(/** @type {CustomEvent} */ (event).detail));
  }

  /**
   * Do the operations here at once and send them.
   * @param {Op[]} ops
   * @param {{label?: string}} [how]
   * @returns {string} why it cannot be done; "" when it is
   */
  do(ops, { label = "" } = {}) {
    if (!ops.length) return "";
    try {
      this.graph = apply(this.graph, ops);
    } catch (error) {
      if (error instanceof NoTarget) return error.message;
      throw error;
    }
    const batch = { op_id: mark(), ops, label };
    this.pending.push(batch);
    this.changed();
    send({
      address: this.editor.dataset.ops,
      json: () => (this.pending.includes(batch) ? { base_revision: this.revision, op_id: batch.op_id, ops, label } : null),
      answered: (status, answer) => this.answered(batch, status, answer),
    });
    return "";
  }

  /**
   * A graph that the server has confirmed.
   * @param {{revision: number, graph: Graph, told?: Record<string, string>}} confirmed
   */
  take({ revision, graph, told }) {
    if (revision < this.revision) return;
    this.told = told ?? this.told;
    this.revision = revision;
    this.confirmed = graph;
    this.replay();
  }

  undo() {
    this.press("undo");
  }

  redo() {
    this.press("redo");
  }

  /** When everything that was done has been answered. */
  idle() {
    return rest();
  }

  /** @param {string} kind */
  press(kind) {
    rest().then(() => {
      const button = document.querySelector(`#editor-bar form[data-act="${kind}"] button`);
      if (button instanceof HTMLButtonElement && !button.disabled) button.form.requestSubmit(button);
    });
  }

  /**
   * @param {Batch} batch
   * @param {number} status
   * @param {any} answer
   */
  answered(batch, status, answer) {
    this.pending = this.pending.filter((one) => one !== batch);
    if (status === 200) this.accept(answer);
    else this.refuse(status, answer);
  }

  /** @param {any} answer */
  accept(answer) {
    const steps = [...answer.ops_since.map((one) => one.ops), answer.ops];
    const known = answer.revision - answer.ops_since.length - (answer.ops.length ? 1 : 0);
    if (known === this.revision) {
      try {
        this.confirmed = steps.reduce((graph, ops) => apply(graph, ops), this.confirmed);
        this.revision = answer.revision;
      } catch {
        this.refetch();
      }
    } else if (answer.revision > this.revision) this.refetch();
    this.replay();
    show("saved");
    this.refresh();
  }

  /** @param {number} status @param {any} answer */
  refuse(status, answer) {
    const reason = answer?.reason ?? answer?.conflicts?.map((one) => one.reason).join(" ") ?? "This could not be saved. Load the page again.";
    this.replay();
    show("saved");
    toast(reason, "warning");
    announce(reason);
    this.dispatchEvent(new CustomEvent("refused", { detail: { reason } }));
    if (status === 409 || status === 422) this.refresh();
  }

  /** What is on its way is done again on what is confirmed; what cannot be any more is left out. */
  replay() {
    let graph = this.confirmed;
    for (const batch of [...this.pending]) {
      try {
        graph = apply(graph, batch.ops);
      } catch (error) {
        if (!(error instanceof NoTarget)) throw error;
        this.pending = this.pending.filter((one) => one !== batch);
        toast(`“${batch.label || "Your last change"}” cannot be done any more: ${error.message}`, "warning");
      }
    }
    this.graph = graph;
    this.changed();
  }

  changed() {
    this.dispatchEvent(new CustomEvent("changed"));
  }

  /** Bring bar, outline and panel up to date, a moment after the last change. */
  refresh() {
    document.body.dispatchEvent(new CustomEvent("graph-changed", { bubbles: true, detail: { revision: this.revision } }));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetchParts(), PARTS_MILLISECONDS);
  }

  refetch() {
    this.fetchParts();
  }

  fetchParts() {
    if (this.pending.length) return;
    const address = new URL(this.editor.dataset.parts, location.href);
    address.searchParams.set("revision", document.getElementById("editor-bar").dataset.revision);
    address.searchParams.set("step", chosenStep());
    send({ address: address.href });
  }
}

/**
 * An id that no step has: the kind's name, numbered.
 * @param {Graph} graph
 * @param {string} kind
 */
export function freshId(graph, kind) {
  const taken = new Set(graph.nodes.map((step) => step.id));
  let number = 1;
  let name = kind;
  while (taken.has(name)) name = `${kind}_${++number}`;
  return name;
}
