// The words of a question as buttons: when two are pressed, a click says which.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-n]");
  if (!button) return;
  const buttons = [...button.parentElement.children];
  const pressed = () => buttons.filter((one) => one.getAttribute("aria-pressed") === "true");
  // A third one begins a new pair.
  if (pressed().length >= 2) buttons.forEach((one) => one.setAttribute("aria-pressed", "false"));
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  const [one, other] = pressed().map((chosen) => Number(chosen.dataset.n));
  if (other !== undefined) trigger("click", { one, other });
});
