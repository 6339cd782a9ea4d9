// Pictures that are uncovered piece by piece, and maps of what was believed after each piece, under one player.
//
// The component's value is HTML that Python made. A .rnn-belief holds the picture (784 bytes in base64), its panels the
// probabilities in parts of ten thousand, a row for each place of the slider, and the order of permuted pixels.
const PACE = 250; // milliseconds a place
const SIDE = 28;
const SEEN = 10; // parts of ten thousand: less likely classes are not named
const playing = new WeakMap(); // view -> timer
const UNREAD = [110, 120, 140, 90]; // of what was not read yet: red, green, blue, how dense

const drawn = (canvas, greys, order, at) => {
  const pixels = new ImageData(SIDE, SIDE);
  const read = at * SIDE;
  const set = (where, step) => {
    const grey = greys[order ? order[step] : step];
    pixels.data.set(step < read ? [grey, grey, grey, 255] : UNREAD, 4 * where);
  };
  for (let step = 0; step < SIDE * SIDE; step++) set(canvas.dataset.kind === "placed" ? order[step] : step, step);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
};

const part = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

// "7 81.0 %  9 12.1 %  4 3.0 %", as belief_view.likeliest writes it.
const tell = (panel, row) => {
  const labels = panel.dataset.labels.split("\t");
  const ranked = row.map((value, n) => [value, n]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  const best = ranked.slice(0, 3).filter(([value]) => value >= SEEN);
  panel.querySelector(".rnn-fact").replaceChildren(...best.flatMap(([value, n]) => {
    const one = document.createElement("span");
    one.append(part("b", labels[n]), ` ${(value / 100).toFixed(1)} %`);
    return [one, " "];
  }));
};

const show = (view, at) => {
  view.dataset.at = at;
  const greys = Uint8Array.from(atob(view.dataset.picture), (sign) => sign.charCodeAt(0));
  for (const panel of view.querySelectorAll(".rnn-panel")) {
    const order = panel.dataset.permutation?.split(" ").map(Number);
    for (const canvas of panel.querySelectorAll("canvas")) drawn(canvas, greys, order, at);
    tell(panel, panel.dataset.beliefs.split(";")[at - 1].split(" ").map(Number));
    panel.querySelectorAll(".rnn-on").forEach((cell) => cell.classList.remove("rnn-on"));
    for (const row of panel.querySelectorAll("tr")) row.cells[at].classList.add("rnn-on");
  }
  const slider = view.querySelector("input[type=range]");
  slider.value = at;
  slider.setAttribute("aria-valuetext", `${at * SIDE} / ${SIDE * SIDE}`);
  const told = view.querySelector("output");
  told.replaceChildren(`${at} × ${SIDE} = ${at * SIDE} `, rnnBoth("pixels", "픽셀"));
};

const speak = (view, how) => view.querySelectorAll(".rnn-fact").forEach((fact) => fact.setAttribute("aria-live", how));

const stop = (view) => {
  clearInterval(playing.get(view));
  playing.delete(view);
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "false");
  speak(view, "polite");
};

const play = (view) => {
  let at = Number(view.dataset.at) < SIDE ? Number(view.dataset.at) : 0;
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "true");
  speak(view, "off"); // it would be read out piece by piece
  const step = () => {
    if (!view.isConnected) return clearInterval(playing.get(view));
    show(view, (at += 1));
    if (at >= SIDE) stop(view);
  };
  playing.set(view, setInterval(step, PACE));
  step();
};

const go = (view, at) => {
  stop(view);
  show(view, at);
};

element.addEventListener("click", (event) => {
  const view = event.target.closest(".rnn-belief");
  if (!view) return;
  if (event.target.closest(".rnn-play")) return playing.has(view) ? stop(view) : play(view);
  const cell = event.target.closest(".rnn-classes td, .rnn-classes th");
  if (cell?.cellIndex) go(view, cell.cellIndex);
});
element.addEventListener("input", (event) => {
  if (event.target.matches(".rnn-belief input[type=range]")) go(event.target.closest(".rnn-belief"), Number(event.target.value));
});
const fresh = () => {
  for (const view of element.querySelectorAll(".rnn-belief:not([data-shown])")) {
    view.dataset.shown = "1";
    show(view, Number(view.dataset.at));
  }
};
new MutationObserver(fresh).observe(element, { childList: true, subtree: true });
fresh();
