// Uploads by drop or by click, with progress that can be cancelled. Without this module the form still works.

/** @param {HTMLFormElement} form */
function enhance(form) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  form.classList.add("drop-ready");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (input.files?.length) send(form, input.files[0]);
  });
  input.addEventListener("change", () => {
    if (input.files?.length) send(form, input.files[0]);
  });
  let depth = 0;
  form.addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    form.classList.add("drop-over");
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) form.classList.remove("drop-over");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    form.classList.remove("drop-over");
    const files = event.dataTransfer?.files ?? [];
    if (files.length > 1) return complain(form, "Drop one file at a time.", "Each file becomes a dataset of its own.");
    if (files.length) send(form, files[0]);
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {File} file
 */
function send(form, file) {
  if (form.dataset.uploading === "yes") return;
  complain(form, "", "");
  const refused = reasonToRefuse(form, file);
  if (refused) return complain(form, refused[0], refused[1]);
  const data = new FormData(form);
  data.set("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  const again = () => send(form, file);
  const stop = () => request.abort();
  const cancel = form.querySelector("[data-upload-cancel]");
  cancel.addEventListener("click", stop);
  const started = performance.now();
  let last = { loaded: 0, total: file.size };
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) last = event;
    show(form, last.loaded, last.total, file.name, (performance.now() - started) / 1000);
  });
  request.addEventListener("load", () => {
    window.removeEventListener("beforeunload", hold);
    arrived(form, request, again);
  });
  request.addEventListener("error", () => {
    finish(form);
    const sent = last.loaded < last.total ? ` after ${bytes(last.loaded)} of ${bytes(last.total)}` : "";
    complain(form, `The connection broke${sent}.`, "Nothing was stored. Check the connection, then try again.", again);
  });
  request.addEventListener("abort", () => {
    finish(form);
    complain(form, "You cancelled the upload.", "Nothing was stored.", again);
  });
  request.addEventListener("loadend", () => {
    cancel.removeEventListener("click", stop);
    window.removeEventListener("beforeunload", hold);
  });
  window.addEventListener("beforeunload", hold);
  form.dataset.uploading = "yes";
  form.querySelector("[data-upload-progress]").hidden = false;
  show(form, 0, file.size, file.name, 0);
  request.send(data);
}

/**
 * What need not be sent, because the server would refuse it.
 * @param {HTMLFormElement} form
 * @param {File} file
 * @returns {[string, string] | null}
 */
function reasonToRefuse(form, file) {
  if (file.size === 0) return ["The file is empty.", "Choose a file with a header and rows."];
  if (/\.(xlsx?|ods|numbers)$/i.test(file.name)) {
    return ["This is a workbook, not a CSV file.", "Open it, save the sheet as CSV, and upload that."];
  }
  if (file.size > Number(form.dataset.uploadLimit)) {
    const limit = form.dataset.uploadLimitWords;
    return [
      `The file has ${bytes(file.size)}; the limit is ${limit}.`,
      "Upload fewer rows or columns, or pack it as .csv.gz.",
    ];
  }
  return null;
}

/**
 * @param {HTMLFormElement} form
 * @param {XMLHttpRequest} request
 * @param {() => void} again
 */
function arrived(form, request, again) {
  const answer = request.response;
  if (request.status === 201 && answer?.url) {
    window.location.assign(answer.url);
    return;
  }
  finish(form);
  if (answer?.message) return complain(form, answer.message, answer.hint ?? "");
  if (request.status === 403 || request.responseURL.includes("/login")) {
    return complain(form, "You are signed out.", "Load the page again and sign in; nothing was stored.");
  }
  if (request.status === 413) {
    return complain(form, "The server refused a file of this size.", "Upload fewer rows, or pack it as .csv.gz.");
  }
  complain(form, "The server could not take the file.", "Nothing was stored. Try again in a moment.", again);
}

/** @param {BeforeUnloadEvent} event */
function hold(event) {
  event.preventDefault();
}

/**
 * @param {HTMLFormElement} form
 * @param {number} loaded
 * @param {number} total
 * @param {string} name
 * @param {number} seconds
 */
function show(form, loaded, total, name, seconds) {
  const percent = total ? Math.floor((100 * loaded) / total) : 0;
  const bar = form.querySelector("progress");
  bar.value = percent;
  form.querySelector("[data-upload-name]").textContent = name;
  if (loaded >= total) bar.removeAttribute("value");
  form.querySelector("[data-upload-state]").textContent =
    loaded >= total ? "Sent. Reading the table …" : `${percent} %, ${bytes(loaded)} of ${bytes(total)}${left(loaded, total, seconds)}`;
  tell(form, loaded >= total ? "The file is sent and being read." : `${percent - (percent % 25)} % sent`);
}

/**
 * What screen readers hear: a quarter at a time.
 * @param {HTMLFormElement} form
 * @param {string} words
 */
function tell(form, words) {
  const place = form.querySelector("[data-upload-told]");
  if (place.textContent !== words) place.textContent = words;
}

/**
 * @param {number} loaded
 * @param {number} total
 * @param {number} seconds
 */
function left(loaded, total, seconds) {
  if (seconds < 3 || loaded === 0) return "";
  const rest = Math.ceil((seconds * (total - loaded)) / loaded);
  return rest >= 60 ? `, about ${Math.ceil(rest / 60)} min left` : `, about ${rest} s left`;
}

/** @param {number} size */
function bytes(size) {
  for (const [factor, unit] of [[1024 ** 3, "GB"], [1024 ** 2, "MB"], [1024, "kB"]]) {
    if (size >= factor) return `${(size / factor).toFixed(size >= 100 * factor ? 0 : 1)} ${unit}`;
  }
  return `${size} bytes`;
}

/** @param {HTMLFormElement} form */
function finish(form) {
  delete form.dataset.uploading;
  form.querySelector("[data-upload-progress]").hidden = true;
  form.querySelector("input[type=file]").value = "";
}

/**
 * @param {HTMLFormElement} form
 * @param {string} message
 * @param {string} hint
 * @param {() => void} [again]
 */
function complain(form, message, hint, again) {
  form.querySelector("[data-upload-error]").hidden = !message;
  form.querySelector("[data-upload-message]").textContent = message;
  form.querySelector("[data-upload-hint]").textContent = hint;
  const retry = form.querySelector("[data-upload-again]");
  retry.hidden = !again;
  retry.onclick = again ?? null;
}

for (const form of document.querySelectorAll("form[data-upload]")) enhance(form);

// A file that misses the zone must not replace the page.
for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
