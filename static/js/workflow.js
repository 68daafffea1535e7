// The editor of a workflow, all but its canvas: each module does one thing, this one starts them.
import "./editor/actions.js";
import "./editor/autosave.js";
import "./editor/palette.js";
import "./editor/running.js";
import "./editor/shortcuts.js";
import "./editor/versions.js";
import { prepare } from "./editor/fields.js";
import { startLayout } from "./editor/layout.js";
import { list } from "./editor/listing.js";
import { placePanel, showTab } from "./editor/panel.js";
import { startResults } from "./editor/results.js";

startLayout();
placePanel();
showTab();
prepare(document.getElementById("panel"));
startResults();
list();
