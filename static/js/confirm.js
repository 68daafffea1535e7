// One question before something is destroyed, in a dialog that the keyboard can answer.

/**
 * @param {string} question
 * @param {string} [word] what the button that goes on says
 * @returns {Promise<boolean>}
 */
export function ask(question, word = "Delete") {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("confirm"));
  dialog.querySelector(".confirm-question").textContent = question;
  dialog.querySelector("[data-confirm-yes]").textContent = word;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}
