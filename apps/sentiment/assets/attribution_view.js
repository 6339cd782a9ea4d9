// Words of a text, a line over them and a heat-map under it, linked: what is pointed at in one is marked in all.
//
// The component's value is HTML that Python made, all text escaped; one or more .rnn-attribution stand in it. In
// each, words and the line's columns carry data-i. A heat-map's canvas carries its values as int8 in base64.

function wordsOf(reading) {
  return reading.querySelectorAll(".rnn-word");
}

// The heat-map ----------------------------------------------------------------------------------------

function valuesOf(canvas) {
  const bytes = atob(canvas.dataset.values);
  return Int8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

function paint(canvas) {
  const values = valuesOf(canvas);
  const columns = Number(canvas.dataset.columns);
  canvas.width = columns;
  canvas.height = values.length / columns;
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(canvas.width, canvas.height);
  const style = getComputedStyle(canvas);
  const [low, high] = ["--rnn-low", "--rnn-high"].map((name) => style.getPropertyValue(name).trim().split(" ").map(Number));
  values.forEach((value, place) => {
    image.data.set([...(value > 0 ? high : low), Math.round(Math.abs(value) * 2.007)], 4 * place);
  });
  pen.putImageData(image, 0, 0);
}

// The cell under a pointer: {column, row}.
function cellOf(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const inside = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  return {
    column: inside((event.clientX - box.left) / box.width, canvas.width),
    row: inside((event.clientY - box.top) / box.height, canvas.height),
  };
}

function stateAt(canvas, { column, row }) {
  const value = (valuesOf(canvas)[row * canvas.width + column] / 127) * Number(canvas.dataset.full);
  return ["unit", "유닛", `${canvas.dataset.units.split(" ")[row]}: ${signed(value.toFixed(2))}`];
}

function signed(text) {
  return Number(text) === 0 ? text.replace("-", "") : Number(text) > 0 ? "+" + text : text.replace("-", "−");
}

// Where a word's tokens stand in the heat-map.
function moveCursor(reading, index) {
  const canvas = reading.querySelector("canvas");
  if (!canvas) return;
  const cursor = reading.querySelector(".rnn-cursor");
  const words = canvas.dataset.words.split(" ").map(Number);
  const first = words.indexOf(index);
  const last = words.lastIndexOf(index);
  cursor.hidden = index < 0 || first < 0;
  cursor.style.left = (100 * first) / words.length + "%";
  cursor.style.width = (100 * (last - first + 1)) / words.length + "%";
}

// Pointing --------------------------------------------------------------------------------------------

function make(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

// A name in both languages, and its value.
function told([english, korean, value]) {
  const node = make("span", "");
  node.append(rnnBoth(english, korean), ` ${value}`);
  return node;
}

function numbersOf(word) {
  const of = (name) => word.querySelector(".rnn-" + name).textContent;
  return [
    ["evidence", "증거", of("evidence")],
    ["attention", "주의", `${of("attention")} %`],
    ["removal", "제거", `${of("removal")} %p`],
    ...(word.dataset.after ? [["after it", "그 뒤", word.dataset.after]] : []),
  ];
}

function mark(reading, index, extra) {
  reading.querySelectorAll(".rnn-on").forEach((node) => node.classList.remove("rnn-on"));
  reading.querySelectorAll(`[data-i="${index}"]`).forEach((node) => node.classList.add("rnn-on"));
  moveCursor(reading, index);
  const word = wordsOf(reading)[index];
  const place = reading.querySelector(".rnn-pointed");
  place.replaceChildren();
  if (word) {
    const name = make("b", "");
    name.append(make("bdi", word.querySelector("bdi").textContent));
    place.append(name, ...[...numbersOf(word), ...(extra ? [extra] : [])].map(told));
  }
  reading.dataset.pointed = word ? index : -1;
}

function point(event) {
  const reading = event.target.closest?.(".rnn-attribution");
  if (!reading) return;
  if (event.target.tagName === "CANVAS") {
    const cell = cellOf(event.target, event);
    const index = Number(event.target.dataset.words.split(" ")[cell.column]);
    mark(reading, index, stateAt(event.target, cell));
    return;
  }
  const node = event.target.closest("[data-i]");
  if (node) mark(reading, Number(node.dataset.i));
}

element.addEventListener("pointermove", point);
element.addEventListener("click", point);
element.addEventListener("keydown", (event) => {
  const reading = event.target.closest?.(".rnn-attribution");
  if (!reading || !event.target.classList.contains("rnn-words")) return;
  const last = wordsOf(reading).length - 1;
  const from = Number(reading.dataset.pointed ?? -1);
  const target = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: -1 }[event.key];
  if (target === undefined || last < 0) return;
  event.preventDefault();
  mark(reading, event.key === "Escape" ? -1 : Math.max(0, Math.min(last, target)));
});

// A new text: nothing is pointed at, and the heat-map is painted.
function update() {
  for (const reading of element.querySelectorAll(".rnn-attribution")) mark(reading, -1);
  for (const canvas of element.querySelectorAll("canvas")) paint(canvas);
}

watch("value", update);
update();
