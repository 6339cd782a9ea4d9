// A picture with maps, such as one for each word: large, one at a time, and small ones to choose from.
//
// The component's value is HTML that Python made, all text escaped; any number of .rnn-overlay stand in it. Their
// data-weights are the attention in parts of ten thousand: a row for each map, separated by ";".

const PACE = 1000; // milliseconds a word
const playing = new WeakMap(); // view -> timer

function rowOf(view, at) {
  return view.dataset.weights.split(";")[at].split(" ").map(Number);
}

function tilesOf(view) {
  return view.querySelectorAll(".rnn-tile");
}

// The map of word `at` on the large picture, its numbers, and the word marked wherever it stands.
function show(view, at) {
  const tiles = tilesOf(view);
  const row = rowOf(view, at);
  const most = Number(tiles[at].dataset.most); // what is in data-weights is rounded
  const [word, forced] = (view.dataset.forced || "-1 -1").split(" ").map(Number);
  view.dataset.at = at;
  view.querySelector(".rnn-stage .rnn-shadow").style.backgroundImage =
    tiles[at].querySelector(".rnn-shadow").style.backgroundImage;
  const columns = Number(getComputedStyle(view).getPropertyValue("--columns"));
  const cells = [...view.querySelector(".rnn-grid").children];
  const within = cells.includes(document.activeElement);
  cells.forEach((cell, place) => {
    const weight = row[place];
    cell.textContent = weight >= 50 ? Math.round(weight / 100) : "";
    cell.classList.toggle("rnn-much", weight >= 20000 / row.length);
    cell.classList.toggle("rnn-most", place === most);
    cell.classList.toggle("rnn-forced", at === word && place === forced);
    if (cell.tagName !== "BUTTON") return;
    const [line, column] = [Math.floor(place / columns) + 1, (place % columns) + 1];
    cell.setAttribute("aria-label", `${line}, ${column}: ${(weight / 100).toFixed(1)} %`);
    if (!within) cell.tabIndex = place === most ? 0 : -1;
  });
  for (const node of view.querySelectorAll(".rnn-tile, .rnn-spoken span")) {
    node.classList.toggle("rnn-on", Number(node.dataset.n) === at);
  }
  const told = tiles[at].parentElement.querySelector(".rnn-word-facts");
  view.querySelector(".rnn-fact").replaceChildren(...[...told.childNodes].map((node) => node.cloneNode(true)));
  const slider = view.querySelector(".rnn-player input[type=range]");
  slider.value = at;
  slider.setAttribute("aria-valuetext", tiles[at].querySelector("b").textContent);
}

function stop(view) {
  clearInterval(playing.get(view));
  playing.delete(view);
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "false");
  view.querySelector(".rnn-fact").setAttribute("aria-live", "polite");
}

function play(view) {
  const last = tilesOf(view).length - 1;
  let at = Number(view.dataset.at) < last ? Number(view.dataset.at) : -1;
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "true");
  view.querySelector(".rnn-fact").setAttribute("aria-live", "off"); // it would be read out word by word
  const step = () => {
    if (!view.isConnected) return clearInterval(playing.get(view));
    show(view, (at += 1));
    if (at >= last) stop(view);
  };
  playing.set(view, setInterval(step, PACE));
  step();
}

function go(view, at) {
  stop(view);
  show(view, at);
}

// The next cell in the direction of an arrow key.
function move(event, cell) {
  const cells = [...cell.parentElement.children];
  const columns = Number(getComputedStyle(cell).getPropertyValue("--columns"));
  const place = cells.indexOf(cell);
  const [line, column] = [Math.floor(place / columns), place % columns];
  const next = {
    ArrowLeft: column > 0 && place - 1,
    ArrowRight: column < columns - 1 && place + 1,
    ArrowUp: line > 0 && place - columns,
    ArrowDown: cells[place + columns] && place + columns,
    Home: 0,
    End: cells.length - 1,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  if (next === false) return;
  cell.tabIndex = -1;
  cells[next].tabIndex = 0;
  cells[next].focus();
}

element.addEventListener("click", (event) => {
  const view = event.target.closest(".rnn-overlay");
  if (!view) return;
  const chosen = event.target.closest("[data-n]");
  if (chosen) return go(view, Number(chosen.dataset.n));
  if (event.target.closest(".rnn-play")) return playing.has(view) ? stop(view) : play(view);
  const cell = event.target.closest(".rnn-picked .rnn-grid > *");
  if (!cell) return;
  stop(view);
  view.querySelectorAll(".rnn-wanted").forEach((node) => node.classList.remove("rnn-wanted"));
  cell.classList.add("rnn-wanted");
  trigger("click", { at: Number(view.dataset.at), place: [...cell.parentElement.children].indexOf(cell) });
});
element.addEventListener("input", (event) => {
  if (event.target.matches(".rnn-player input[type=range]")) {
    go(event.target.closest(".rnn-overlay"), Number(event.target.value));
  }
});
element.addEventListener("change", (event) => {
  if (event.target.matches(".rnn-as-cells")) {
    event.target.closest(".rnn-overlay").classList.toggle("rnn-cells", event.target.checked);
  }
});
element.addEventListener("keydown", (event) => {
  const cell = event.target.closest(".rnn-picked .rnn-grid > *");
  if (cell) move(event, cell);
});
