// The editor of a workflow as an outline: each module does one thing, this one starts them.
import "./editor/actions.js";
import "./editor/autosave.js";
import "./editor/palette.js";
import "./editor/shortcuts.js";
import { prepare } from "./editor/fields.js";
import { placePanel, showTab } from "./editor/panel.js";

placePanel();
showTab();
prepare(document.getElementById("panel"));
