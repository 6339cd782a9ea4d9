// Canvases step by step: a slider, a play button, and the frames of all pictures beneath it.
//
// The component's value is HTML that Python made: a player (.rnn-draw-player) in a .rnn-drawn, whose pictures have a
// .rnn-draw-frame for each step (data-t). A new result plays by itself, unless the visitor wants less motion.

const PACE = 260; // milliseconds a step
let timer = null;

const drawn = () => element.querySelector(".rnn-drawn");
const slider = () => element.querySelector(".rnn-draw-player input");

function show(step) {
  const one = drawn();
  if (!one) return;
  const last = Number(one.dataset.steps);
  slider().value = step;
  slider().setAttribute("aria-valuetext", `${step} / ${last}`);
  element.querySelector(".rnn-draw-player output").textContent = `${step} / ${last}`;
  for (const frame of one.querySelectorAll("[data-t]")) frame.hidden = Number(frame.dataset.t) !== step;
}

function stop() {
  clearInterval(timer);
  timer = null;
  element.querySelector(".rnn-draw-play")?.setAttribute("aria-pressed", "false");
}

function play() {
  stop();
  if (!drawn()) return;
  const last = Number(drawn().dataset.steps);
  if (Number(slider().value) >= last) show(0);
  element.querySelector(".rnn-draw-play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => {
    const next = Number(slider()?.value ?? last) + 1;
    if (next > last) return stop();
    show(next);
    if (next === last) stop();
  }, PACE);
}

element.addEventListener("click", (event) => {
  if (!event.target.closest(".rnn-draw-play")) return;
  if (timer) stop();
  else play();
});
element.addEventListener("input", (event) => {
  if (event.target !== slider()) return;
  stop();
  show(Number(event.target.value));
});

let seen = null;
function renewed() {
  if (drawn() === seen) return;
  seen = drawn();
  stop();
  if (seen && !matchMedia("(prefers-reduced-motion: reduce)").matches) play();
}
watch("value", () => requestAnimationFrame(renewed)); // by then the page shows it
renewed();
