// Examples as buttons: a click says which, and the one that is chosen is marked.
const mark = (name) => {
  for (const button of element.querySelectorAll("[data-name]")) {
    button.setAttribute("aria-pressed", String(button.dataset.name === name));
  }
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-name]");
  if (!button) return;
  mark(button.dataset.name);
  trigger("click", { name: button.dataset.name });
});
// A link may have chosen one before this tab was built.
window.rnnGallery = { ...window.rnnGallery, mark };
mark(window.rnnGallery.name ?? element.querySelector(".rnn-gallery").dataset.opening);
