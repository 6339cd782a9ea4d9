// Two lines of tokens and a heat-map, linked: what is pointed at in one of them is lit up in all.
//
// The component's value is HTML that Python made, all text escaped; any number of .rnn-align stand in it. Their
// data-weights are the attention in per mille: a row for each token written, separated by ";".

const SIDES = { source: "target", target: "source" };
const LIT = 100; // per mille from which a token counts as looked at

function piecesOf(view, side) {
  return view.querySelectorAll(`.rnn-${side} .rnn-piece`);
}

function weightsOf(view) {
  if (!view.dataset.weights) return [];
  return view.dataset.weights.split(";").map((row) => row.split(" ").map(Number));
}

// The weights between one token and all of the other side.
function beside(view, side, index) {
  const weights = weightsOf(view);
  return side === "target" ? weights[index] || [] : weights.map((row) => row[index]);
}

function percent(weight) {
  return (weight / 10).toFixed(1) + " %";
}

function make(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

// A word of a visitor or a model inside an element.
function wrapped(tag, word) {
  const node = make(tag, "");
  node.append(make("bdi", word));
  return node;
}

// What is pointed at, in words: "삼촌 (81.2 %) ← uncle 83.1 %, my 10.2 %".
function tell(view, side, index, weights) {
  const place = view.querySelector(".rnn-pair");
  place.replaceChildren();
  const piece = piecesOf(view, side)[index];
  if (!piece) return;
  place.append(wrapped("b", piece.querySelector("bdi").textContent));
  if (piece.dataset.p) {
    const probability = make("span", "");
    probability.append(rnnBoth("probability", "확률"), ` ${piece.dataset.p}`);
    place.append(probability);
  }
  const others = piecesOf(view, SIDES[side]);
  const ranked = weights.map((weight, n) => [weight, n]).filter(([weight]) => weight >= 10);
  ranked.sort((a, b) => b[0] - a[0]);
  if (!ranked.length) return;
  const told = make("span", side === "target" ? "← " : "→ ");
  ranked.slice(0, 5).forEach(([weight, n], place) => {
    const name = make("bdi", others[n].querySelector("bdi").textContent);
    told.append(place ? ", " : "", name, ` ${percent(weight)}`);
  });
  place.append(told);
}

function mark(view, side, index, cell) {
  view.querySelectorAll(".rnn-on").forEach((node) => node.classList.remove("rnn-on"));
  for (const piece of view.querySelectorAll(".rnn-piece")) {
    piece.classList.remove("rnn-lit");
    piece.style.removeProperty("--w");
    piece.querySelector("i").textContent = "";
  }
  const weights = index < 0 ? [] : beside(view, side, index);
  const most = Math.max(0, ...weights);
  piecesOf(view, SIDES[side]).forEach((piece, n) => {
    if (!(weights[n] >= 10)) return;
    piece.style.setProperty("--w", weights[n] / 1000);
    piece.classList.toggle("rnn-lit", weights[n] >= LIT || weights[n] === most);
    if (weights[n] >= 50) piece.querySelector("i").textContent = Math.round(weights[n] / 10);
  });
  piecesOf(view, side)[index]?.classList.add("rnn-on");
  const rows = view.querySelectorAll(".rnn-map tbody tr");
  if (side === "target") rows[index]?.classList.add("rnn-on");
  else if (index >= 0) rows.forEach((row) => row.cells[index + 1]?.classList.add("rnn-on"));
  cell?.classList.add("rnn-on");
  tell(view, side, index, weights);
  view.dataset.side = side;
  view.dataset.index = index;
}

// Where an event happened: {view, side, index, cell}, or nothing.
function placeOf(event) {
  const view = event.target.closest?.(".rnn-align");
  const piece = event.target.closest?.(".rnn-piece");
  if (piece) return { view, side: piece.closest(".rnn-source") ? "source" : "target", index: Number(piece.dataset.n) };
  const cell = event.target.closest?.(".rnn-map td, .rnn-map th");
  const row = cell?.parentElement;
  if (!cell) return null;
  if (row.closest("tbody")) return { view, side: "target", index: row.sectionRowIndex, cell };
  return cell.cellIndex ? { view, side: "source", index: cell.cellIndex - 1 } : null;
}

function point(event) {
  const place = placeOf(event);
  if (place) mark(place.view, place.side, place.index, place.cell);
}

element.addEventListener("pointermove", point);
element.addEventListener("click", (event) => {
  point(event);
  const cell = event.target.closest(".rnn-picked td");
  if (cell?.closest("tbody")) {
    trigger("click", { at: cell.parentElement.sectionRowIndex, position: cell.cellIndex - 1 });
  }
});
element.addEventListener("focusin", (event) => {
  const view = event.target.closest(".rnn-align");
  const side = event.target.parentElement.classList.contains("rnn-source") ? "source" : "target";
  if (event.target.matches(".rnn-pieces > div") && view.dataset.side !== side) mark(view, side, 0);
});
element.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".rnn-pieces > div")) return;
  const view = event.target.closest(".rnn-align");
  const side = event.target.parentElement.classList.contains("rnn-source") ? "source" : "target";
  const last = piecesOf(view, side).length - 1;
  const from = view.dataset.side === side ? Number(view.dataset.index) : -1;
  const target = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: -1 }[event.key];
  if (target === undefined || last < 0) return;
  event.preventDefault();
  mark(view, side, event.key === "Escape" ? -1 : Math.max(0, Math.min(last, target)));
});
