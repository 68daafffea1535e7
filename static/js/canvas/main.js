// The canvas of a workflow: makes the document and the drawing, and starts what people can do with them.
import { Canvas } from "./canvas.js";
import { GraphDocument } from "./document.js";
import * as adding from "./adding.js";
import * as cardInsert from "./card_insert.js";
import * as connecting from "./connecting.js";
import * as difference from "./difference.js";
import * as live from "./live.js";
import * as states from "./states.js";
import * as wireTools from "./wire_tools.js";

/** What people can do on the canvas, each with a `start(canvas)`. */
const PARTS = [connecting, wireTools, adding, cardInsert, states, live, difference];

const root = document.getElementById("canvas");
if (root) {
  const canvas = new Canvas(root, new GraphDocument());
  canvas.draw();
  for (const part of PARTS) part.start(canvas);
}
