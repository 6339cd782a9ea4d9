// Buttons that choose one of several things: a click on one says which.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-n]");
  if (button) trigger("click", { n: Number(button.dataset.n) });
});
