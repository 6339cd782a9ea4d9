// Guided observations (apps/shared/observations.py): a press sets the tab and runs it, and the answer stands below.
window.rnnObservations = (() => {
  // Shows the panel of an observation; `run`: what was to be seen, too.
  const show = (name, run) => {
    for (const panel of document.querySelectorAll(".rnn-observed")) {
      panel.hidden = panel.dataset.observation !== name;
      panel.classList.toggle("rnn-run", run);
      panel.querySelector("details").open = false;
    }
  };

  document.addEventListener("click", (event) => {
    const close = event.target.closest(".rnn-observed .rnn-close");
    if (close) close.closest(".rnn-observed").hidden = true;
    const pressed = event.target.closest("a.rnn-press");
    if (!pressed || event.ctrlKey || event.metaKey || event.shiftKey) return; // a new window
    event.preventDefault();
    pressed.closest("details.rnn-observations")?.removeAttribute("open");
    rnnLinks.press(pressed.getAttribute("href"));
  });

  return { show };
})();
