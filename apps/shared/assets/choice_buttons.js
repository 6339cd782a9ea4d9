// Buttons that choose one of several things, by its number or by a model's name: a click on one says which.
element.addEventListener("click", (event) => {
  const { n, model } = event.target.closest("button[data-n], button[data-model]")?.dataset ?? {};
  if (n !== undefined || model !== undefined) trigger("click", { n: Number(n), model });
});
