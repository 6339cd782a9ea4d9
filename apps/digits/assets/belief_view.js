// Pictures that are uncovered piece by piece, and maps of what was believed after each piece, under one player.
//
// The component's value is HTML that Python made. A .rnn-belief holds the picture (784 bytes in base64), its panels the
// probabilities in parts of ten thousand, a row for each place of the slider, and the order of permuted pixels.
const PACE = 250; // milliseconds a place of the slider
const SLOW = 900; // milliseconds a glimpse
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

const sliderOf = (view) => view.querySelector("input[type=range]");
const lastOf = (view) => Number(sliderOf(view).max);

// "12 × 28 = 336 pixels", or "3 / 6 glimpses".
const count = (view, at) => {
  const looked = view.matches(".rnn-glimpses");
  const named = looked ? rnnBoth("glimpses", "글림프스") : rnnBoth("pixels", "픽셀");
  return [looked ? `${at} / ${lastOf(view)} ` : `${at} × ${SIDE} = ${at * SIDE} `, named];
};

const show = (view, at) => {
  view.dataset.at = at;
  const greys = Uint8Array.from(atob(view.dataset.picture ?? ""), (sign) => sign.charCodeAt(0));
  for (const panel of view.querySelectorAll(".rnn-panel")) {
    const order = panel.dataset.permutation?.split(" ").map(Number);
    for (const canvas of panel.querySelectorAll("canvas")) drawn(canvas, greys, order, at);
    tell(panel, panel.dataset.beliefs.split(";")[at - 1].split(" ").map(Number));
    panel.querySelectorAll(".rnn-on").forEach((cell) => cell.classList.remove("rnn-on"));
    for (const row of panel.querySelectorAll("tr")) row.cells[at].classList.add("rnn-on");
  }
  for (const one of view.querySelectorAll("[data-t]")) {
    const t = Number(one.dataset.t);
    one.classList.toggle("rnn-now", t === at);
    one.classList.toggle("rnn-later", t > at);
    if (one.tagName === "BUTTON") one.setAttribute("aria-pressed", String(t === at));
  }
  aim(view, null);
  const slider = sliderOf(view);
  slider.value = at;
  slider.setAttribute("aria-valuetext", `${at} / ${slider.max}`);
  view.querySelector("output").replaceChildren(...count(view, at));
};

// Where the keyboard wants the glimpse that is shown: [x, y] in pixels of the picture, or null.
const aimed = new WeakMap();
const aim = (view, place) => {
  const box = view.querySelector(".rnn-wanted");
  if (!box) return;
  aimed.set(view, place);
  const { width, height } = view.querySelector(".rnn-now rect").getBBox();
  box.setAttribute("width", place ? width : 0);
  box.setAttribute("height", place ? height : 0);
  if (!place) return;
  box.setAttribute("x", place[0] - width / 2);
  box.setAttribute("y", place[1] - height / 2);
};

// The glimpse that is shown is to look at a place in pixels of the picture. The keyboard stays where it is.
let stays = false;
const set = (view, [x, y]) => {
  stays = true;
  const side = Number(view.dataset.side);
  const inside = (pixels) => Math.max(-1, Math.min(1, (2 * pixels) / side - 1));
  trigger("click", { at: Number(view.dataset.at), x: inside(x), y: inside(y) });
};

const speak = (view, how) => view.querySelectorAll(".rnn-fact").forEach((fact) => fact.setAttribute("aria-live", how));

const stop = (view) => {
  clearInterval(playing.get(view));
  playing.delete(view);
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "false");
  speak(view, "polite");
};

const play = (view) => {
  const last = lastOf(view);
  let at = Number(view.dataset.at) < last ? Number(view.dataset.at) : 0;
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "true");
  speak(view, "off"); // it would be read out piece by piece
  const step = () => {
    if (!view.isConnected) return clearInterval(playing.get(view));
    show(view, (at += 1));
    if (at >= last) stop(view);
  };
  playing.set(view, setInterval(step, view.matches(".rnn-glimpses") ? SLOW : PACE));
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
  const glimpse = event.target.closest("button[data-t]");
  if (glimpse) return go(view, Number(glimpse.dataset.t));
  const stage = event.target.closest(".rnn-look-stage");
  if (stage) {
    const box = stage.getBoundingClientRect();
    const scale = Number(view.dataset.side) / box.width;
    return set(view, [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
  }
  const cell = event.target.closest(".rnn-classes td, .rnn-classes th");
  if (cell?.cellIndex) go(view, cell.cellIndex);
});
element.addEventListener("input", (event) => {
  if (event.target.matches(".rnn-belief input[type=range]")) go(event.target.closest(".rnn-belief"), Number(event.target.value));
});
element.addEventListener("keydown", (event) => {
  if (!event.target.matches(".rnn-look-stage")) return;
  const view = event.target.closest(".rnn-belief");
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way && !["Enter", "Escape"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation(); // in presenter mode the arrows turn pages
  if (event.key === "Escape") return aim(view, null);
  if (event.key === "Enter") return aimed.get(view) && set(view, aimed.get(view));
  const dot = view.querySelector(".rnn-now circle");
  const from = aimed.get(view) ?? [dot.cx.baseVal.value, dot.cy.baseVal.value];
  const inside = (pixels) => Math.max(0, Math.min(Number(view.dataset.side), pixels));
  aim(view, [inside(from[0] + way[0]), inside(from[1] + way[1])]);
});
const fresh = () => {
  for (const view of element.querySelectorAll(".rnn-belief:not([data-shown])")) {
    view.dataset.shown = "1";
    show(view, Number(view.dataset.at));
    if (stays) view.querySelector(".rnn-look-stage")?.focus({ preventScroll: true });
    stays = false;
  }
};
new MutationObserver(fresh).observe(element, { childList: true, subtree: true });
fresh();
