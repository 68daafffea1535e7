// The graph as this window sees it: what the server has confirmed, and over it what was done here and is on its way.
// A change is shown at once, sent in its turn, and taken back when the server refuses it. Where others changed the same,
// the person is asked.
import { toast } from "../toasts.js";
import { showDraft, showTurns } from "../editor/history.js";
import { view } from "../editor/layout.js";
import { chosenStep } from "../editor/panel.js";
import { isIdle, mark, rest, send } from "../editor/sender.js";
import { announce, show } from "../editor/state.js";
import { apply, NoTarget, replay } from "./apply.js";
import { clashesOf, found, withoutClashes } from "./clashes.js";
import { nameOf } from "./rules.js";
import { askWhich, titled, wordsOf } from "./question.js";
import { Unsent } from "./unsent.js";

/**
 * @typedef {import("./apply.js").Graph} Graph
 * @typedef {import("./apply.js").Op} Op
 * @typedef {import("./unsent.js").Batch} Batch
 * @typedef {{revision: number, graph: Graph, told?: Record<string, string>, order?: string[], read_only?: boolean}} Confirmed
 */

const PARTS_MILLISECONDS = 250;
/** The parts of a long workflow take the server a while, and what is done meanwhile waits for them. */
const PARTS_MILLISECONDS_PER_STEP = 3;
const READ_ONLY = "You can look at this workflow, but not change it. Ask its owner, or make a copy.";
const ASKED = new Set(["param", "label", "comment", "graph", "note field", "frame field"]);
const LOST = "Something went wrong on the server. It has been noted there; what you changed last was not saved.";
const KEPT = "You are signed out, or may not change this workflow any more. What you changed is kept in this browser: sign in and load the page again.";

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
    /** @type {string[]} the steps as they run */
    this.order = carried?.order ?? [];
    this.readOnly = Boolean(carried?.read_only);
    /** @type {Batch[]} */
    this.pending = [];
    this.unsent = new Unsent(this.editor.dataset.ops, this.editor.dataset.user ?? "");
    this.timer = 0;
    /** @type {Promise<void> | null} */
    this.resting = null;
    document.addEventListener("graph-data", (event) => this.take(/** @type {CustomEvent} */ (event).detail));
    this.restore();
  }

  /**
   * Do the operations here at once and send them.
   * @param {Op[]} ops
   * @param {{label?: string}} [how]
   * @returns {string} why it cannot be done; "" when it is
   */
  do(ops, { label = "" } = {}) {
    if (!ops.length) return "";
    if (this.readOnly) return READ_ONLY;
    const was = found(this.graph, ops);
    try {
      this.graph = apply(this.graph, ops);
    } catch (error) {
      if (error instanceof NoTarget) return error.message;
      throw error;
    }
    const batch = { op_id: mark(), ops, label, was };
    this.unsent.keep(batch);
    showTurns({ undo: label, redo: null });
    this.changed();
    this.enqueue(batch);
    return "";
  }

  /**
   * A graph that the server has confirmed.
   * @param {Confirmed} confirmed
   */
  take({ revision, graph, told, order, read_only }) {
    if (revision < this.revision) return;
    this.told = told ?? this.told;
    this.order = order ?? this.order;
    this.readOnly = read_only ?? this.readOnly;
    this.revision = revision;
    this.confirmed = graph;
    this.replay();
  }

  /** When everything that was done has been answered. */
  idle() {
    return rest();
  }

  // Sending

  /** @param {Batch} batch */
  enqueue(batch) {
    this.pending.push(batch);
    send({
      address: this.editor.dataset.ops,
      json: () => (this.pending.includes(batch) ? this.request(batch) : null),
      answered: (status, answer) => this.answered(batch, status, answer),
    });
  }

  /** @param {Batch} batch */
  request({ op_id, ops, label }) {
    return { base_revision: this.revision, op_id, ops, label };
  }

  /** What a page before this one could not send any more goes first. It may have arrived; the server knows its mark. */
  restore() {
    const batches = this.unsent.all();
    if (!batches.length) return;
    if (this.readOnly) {
      batches.forEach((batch) => this.drop(batch, READ_ONLY));
      return;
    }
    batches.forEach((batch) => this.enqueue(batch));
    this.replay();
  }

  // Answers

  /**
   * @param {Batch} batch
   * @param {number} status
   * @param {any} answer
   */
  answered(batch, status, answer) {
    if (!this.pending.includes(batch)) return;
    this.pending = this.pending.filter((one) => one !== batch);
    if (status !== 401 && status !== 403) this.unsent.drop(batch);
    if (status === 200) this.accept(answer);
    else this.refuse(batch, status, answer);
  }

  /** @param {any} answer */
  accept(answer) {
    const steps = [...answer.ops_since.map((one) => one.ops), answer.ops];
    const known = answer.revision - answer.ops_since.length - (answer.ops.length ? 1 : 0);
    if (known === this.revision) {
      try {
        this.confirmed = steps.reduce(replay, this.confirmed);
        this.revision = answer.revision;
      } catch (error) {
        // The parts bring the whole graph.
        if (!(error instanceof NoTarget)) throw error;
      }
    }
    if (this.revision >= answer.revision) showDraft({ revision: this.revision, saved_at: answer.saved_at });
    if (!this.pending.length) showTurns(answer);
    if (answer.ops_since.some((one) => one.op_id)) announce("The workflow was changed in another window.");
    this.replay();
    this.refresh();
  }

  /**
   * @param {Batch} batch
   * @param {number} status
   * @param {any} answer
   */
  refuse(batch, status, answer) {
    const conflicts = answer?.conflicts ?? [];
    if (status === 409 && conflicts.length && conflicts.every((one) => ASKED.has(one.target?.[0]))) {
      this.ask(batch, conflicts.map((one) => ({ label: one.label ?? "", mine: one.mine_words, theirs: one.theirs_words, target: one.target })));
    } else {
      const said = answer?.reason ?? conflicts.map((one) => one.reason).join(" ");
      this.tell(said || (status === 401 || status === 403 ? KEPT : status === 404 ? "The workflow was deleted." : LOST));
    }
    this.replay();
    window.clearTimeout(this.timer);
    if (![401, 403, 404].includes(status)) this.fetchParts();
  }

  /** @param {string} reason */
  tell(reason) {
    toast(reason, "warning");
    announce(reason);
    this.dispatchEvent(new CustomEvent("refused", { detail: { reason } }));
  }

  /** @param {Batch} batch @param {string} reason */
  drop(batch, reason) {
    this.pending = this.pending.filter((one) => one !== batch);
    this.unsent.drop(batch);
    this.tell(`“${batch.label || "Your last change"}” cannot be done any more. ${reason}`);
  }

  /**
   * Which value shall count where two changed the same; what does not clash in the batch is done either way.
   * @param {Batch} batch
   * @param {{label: string, mine: string, theirs: string, target: string[]}[]} clashes
   */
  ask(batch, clashes) {
    const again = (ops) => rest().then(() => {
      const reason = this.do(ops, { label: batch.label });
      if (reason) this.tell(reason);
    });
    askWhich({
      lines: clashes,
      keep: () => {
        this.fetchParts();
        again(batch.ops);
      },
      take: () => {
        show("saved");
        again(withoutClashes(batch.ops, clashes));
      },
    });
    show("conflict");
  }

  /** What is on its way is done again on what is confirmed; what cannot be any more is left out, and said. */
  replay() {
    let graph = this.confirmed;
    for (const batch of [...this.pending]) {
      const clashes = clashesOf(graph, batch.ops, batch.was);
      if (clashes.length) {
        this.pending = this.pending.filter((one) => one !== batch);
        this.unsent.drop(batch);
        this.ask(batch, clashes.map((clash) => this.inWords(clash)));
        continue;
      }
      try {
        graph = apply(graph, batch.ops);
      } catch (error) {
        if (!(error instanceof NoTarget)) throw error;
        // One of a page before may have arrived already: the server says.
        if (!batch.restored) this.drop(batch, error.message);
      }
    }
    this.graph = graph;
    this.changed();
  }

  /** @param {import("./clashes.js").Clash} clash */
  inWords({ target, mine, theirs }) {
    const [what, id, field] = target;
    const step = what === "param" || what === "label" || what === "comment" ? nameOf(/** @type {any} */ (this.confirmed), id) : "";
    const title = { label: "Name", comment: "Note", graph: titled(id) }[what] ?? titled(field);
    return { label: step ? `${step}: ${title}` : title, mine: wordsOf(mine), theirs: wordsOf(theirs), target };
  }

  changed() {
    this.dispatchEvent(new CustomEvent("changed"));
  }

  /** Bring bar, outline and panel up to date, a moment after the last change. */
  refresh() {
    document.body.dispatchEvent(new CustomEvent("graph-changed", { bubbles: true, detail: { revision: this.revision } }));
    window.clearTimeout(this.timer);
    const wait = PARTS_MILLISECONDS + PARTS_MILLISECONDS_PER_STEP * this.graph.nodes.length;
    this.timer = window.setTimeout(() => this.fetchParts(), wait);
  }

  fetchParts() {
    if (this.pending.length) return;
    if (!isIdle()) {
      // What is on its way may choose another step. However many wait for it, the parts come once.
      this.resting ??= rest().then(() => {
        this.resting = null;
        this.fetchParts();
      });
      return;
    }
    const address = new URL(this.editor.dataset.parts, location.href);
    address.searchParams.set("step", chosenStep());
    address.searchParams.set("view", view());
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
