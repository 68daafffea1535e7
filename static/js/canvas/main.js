// The canvas of a workflow: makes the document and the drawing, and starts what people can do with them.
import { isOpen, narrow } from "../editor/layout.js";
import { chosenStep } from "../editor/panel.js";
import { Canvas } from "./canvas.js";
import { GraphDocument } from "./document.js";
import * as adding from "./adding.js";
import * as cardInsert from "./card_insert.js";
import * as connecting from "./connecting.js";
import * as difference from "./difference.js";
import * as live from "./live.js";
import * as clipboard from "./clipboard.js";
import * as keys from "./keys.js";
import * as menu from "./menu.js";
import * as moving from "./moving.js";
import * as notes from "./notes.js";
import * as selection from "./selection.js";
import * as stepWords from "./step_words.js";
import * as walking from "./walking.js";
import * as states from "./states.js";
import * as wireTools from "./wire_tools.js";

/** What people can do on the canvas, each with a `start(canvas)`. */
const PARTS = [connecting, wireTools, selection, notes, moving, walking, menu, keys, clipboard, stepWords, adding, cardInsert, states, live, difference];

const root = document.getElementById("canvas");
export const canvas = root ? new Canvas(root, new GraphDocument()) : null;
if (canvas) {
  canvas.draw();
  for (const part of PARTS) part.start(canvas);
  // The sheet of the settings takes half of a narrow window: the step that it is about stays in sight.
  document.addEventListener("layout-changed", () => {
    if (narrow.matches && isOpen("side") && chosenStep()) requestAnimationFrame(() => canvas.reveal(chosenStep()));
  });
}
