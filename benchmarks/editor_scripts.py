"""What the editor's measures do inside the page; each gives a list of milliseconds."""

OPEN = """
async ({repeats}) => {
  const { Canvas } = await import("/static/js/canvas/canvas.js");
  const present = document.getElementById("canvas");
  const { graph, told } = JSON.parse(document.getElementById("graph-data").textContent);
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done();
    port2.postMessage(null);
  }));
  present.hidden = true;
  present.style.display = "none";
  const times = [];
  for (let turn = 0; turn < repeats; turn += 1) {
    const root = document.createElement("div");
    root.className = "canvas";
    present.after(root);
    await painted();
    const started = performance.now();
    new Canvas(root, Object.assign(new EventTarget(), { graph, told })).draw();
    await painted();
    times.push(performance.now() - started);
    root.remove();
  }
  present.style.display = "";
  present.hidden = false;
  return times;
}
"""
"""Until cards and wires are made, laid out and painted."""

DRAG = """
async ({frames}) => {
  const card = document.querySelector(".canvas-step[data-step=s1]");
  const box = card.getBoundingClientRect();
  const [x, y] = [box.left + 60, box.top + 20];
  const point = (type, target, by, buttons) => target.dispatchEvent(new PointerEvent(type, {
    bubbles: true, cancelable: true, pointerId: 1, isPrimary: true, pointerType: "mouse", buttons,
    button: type === "pointermove" ? -1 : 0, clientX: x + by, clientY: y + by / 2,
  }));
  point("pointerdown", card, 0, 1);
  const times = [];
  for (let frame = 1; frame <= frames; frame += 1) {
    times.push(await new Promise((done) => requestAnimationFrame(() => {
      const started = performance.now();
      const { port1, port2 } = new MessageChannel();
      point("pointermove", card, frame * 3, 1);
      port1.onmessage = () => done(performance.now() - started);
      port2.postMessage(null);
    })));
  }
  point("pointerup", card, frames * 3, 0);
  return times.slice(2);
}
"""
"""From a move of the pointer to the end of its frame on the page's thread: script, style, layout, paint."""

OPS = """
async ({repeats}) => {
  const { GraphDocument } = await import("/static/js/canvas/document.js");
  const { rest } = await import("/static/js/editor/sender.js");
  const doc = new GraphDocument();
  const times = [];
  for (let turn = 0; turn < repeats; turn += 1) {
    await new Promise((done) => setTimeout(done, 600));
    await rest();
    const started = performance.now();
    doc.do([{ op: "move", id: "data", x: 20 * turn, y: -140 }], { label: "Move" });
    await doc.idle();
    times.push(performance.now() - started);
  }
  return times;
}
"""

LIVE = """
async ({repeats}) => {
  const { GraphDocument } = await import("/static/js/canvas/document.js");
  const { rest } = await import("/static/js/editor/sender.js");
  const doc = new GraphDocument();
  const editor = document.getElementById("editor");
  const step = ["split", "impute"].map((kind) => doc.graph.nodes.find((one) => one.kind === kind)).find(Boolean);
  const share = (turn) => ({ test_share: 0.15 + turn / 100 });
  const edit = step.kind === "split" ? share : (turn) => ({ numbers: "constant", number: turn + 0.5 });
  const times = [];
  for (let turn = 0; turn < repeats; turn += 1) {
    await new Promise((done) => setTimeout(done, 1500));
    await rest();
    doc.do([{ op: "set_params", id: step.id, set: edit(turn) }], { label: "Set" });
    await doc.idle();
    const started = performance.now();
    for (let known = false; !known;) {
      const address = new URL(editor.dataset.live, location.href);
      const asked = { revision: doc.revision, tab: "bench", try: 0 };
      for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
      const answer = await (await fetch(address)).json();
      known = !answer.again && answer.revision === doc.revision;
      if (!known) await new Promise((done) => setTimeout(done, Math.min(answer.wait ?? 20, 20)));
    }
    times.push(performance.now() - started);
  }
  return times;
}
"""
"""From the answer to an edit to the sample's facts of the whole draft."""
