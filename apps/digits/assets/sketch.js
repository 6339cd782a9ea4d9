// The field to draw in. What is drawn is one short text (apps/digits/sketch.py): "~", then for each stroke its points, two
// characters each for x and y from 0 to 63, and "." between strokes. An example is its name, a photograph "*" and 784 greys.
//
// After each stroke, and when an example is chosen, the component is clicked; `rnnSketch.source` is the text.
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LAST = ALPHABET.length - 1;
const CLOSE = 1.5; // a point so near the last one is left out
const STEP = 2; // the pen's way at a press of an arrow key

const board = element.querySelector(".rnn-board");
const canvas = board.querySelector("canvas");
const pen = canvas.getContext("2d");
const unit = canvas.width / ALPHABET.length;
const limit = Number(board.dataset.limit);
let strokes = []; // of points [x, y]
let image = null; // what is shown behind the strokes

const written = () =>
  strokes.length ? `~${strokes.map((stroke) => stroke.map(([x, y]) => ALPHABET[x] + ALPHABET[y]).join("")).join(".")}` : "";
const read = (text) =>
  text.slice(1).split(".").map((part) =>
    Array.from({ length: part.length / 2 }, (_, n) => [ALPHABET.indexOf(part[2 * n]), ALPHABET.indexOf(part[2 * n + 1])]));
const middle = (at) => (at + 0.5) * unit;

const paint = () => {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = false;
  if (image) pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  Object.assign(pen, { strokeStyle: "#fff", lineWidth: Number(board.dataset.pen) * unit, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    pen.beginPath();
    pen.moveTo(middle(stroke[0][0]), middle(stroke[0][1]));
    for (const [x, y] of stroke) pen.lineTo(middle(x), middle(y));
    pen.stroke();
  }
  if (!keyboard.seen) return;
  Object.assign(pen, { strokeStyle: keyboard.down ? "#ff9d2e" : "#7cc4ff", lineWidth: 3 });
  pen.beginPath();
  pen.arc(middle(keyboard.x), middle(keyboard.y), 9, 0, 2 * Math.PI);
  pen.stroke();
};

// Greys of a photograph, "0" to "f", as a small picture.
const greys = (text) => {
  const made = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
  const pixels = new ImageData(28, 28);
  [...text].forEach((sign, n) => pixels.data.set([...Array(3).fill(17 * parseInt(sign, 16)), 255], 4 * n));
  made.getContext("2d").putImageData(pixels, 0, 0);
  return made;
};

const mark = (source) => {
  for (const button of board.querySelectorAll("[data-example]")) {
    button.setAttribute("aria-pressed", String(button.dataset.example === source));
  }
};

// What the page, a link or an example asks for.
const show = (source) => {
  const given = source ?? "";
  if (given === window.rnnSketch.source && given) return;
  const example = [...board.querySelectorAll("[data-example]")].find((button) => button.dataset.example === given);
  const drawn = example ? example.dataset.strokes : given.startsWith("~") ? given : "";
  strokes = drawn ? read(drawn) : [];
  image = given.startsWith("*") ? greys(given.slice(1)) : example && !drawn ? example.querySelector("img") : null;
  window.rnnSketch.source = given;
  mark(given);
  paint();
};

const tell = () => trigger("click", { source: window.rnnSketch.source });
const changed = () => {
  window.rnnSketch.source = written();
  mark("");
  paint();
};

// Drawing ---------------------------------------------------------------------------------------------

const cell = ([x, y]) => [x, y].map((at) => Math.max(0, Math.min(LAST, Math.floor(at))));

// A new drawing takes the place of a picture, and of an example.
const begin = (point) => {
  if (image || !window.rnnSketch.source.startsWith("~")) strokes = [];
  image = null;
  strokes.push([cell(point)]);
  changed();
};
const go = (at) => {
  const [point, stroke] = [cell(at), strokes.at(-1)];
  const [x, y] = stroke.at(-1);
  if (Math.hypot(point[0] - x, point[1] - y) < CLOSE || written().length + 4 > limit) return;
  stroke.push(point);
  changed();
};
const keyboard = drawingPen(canvas, {
  side: ALPHABET.length, step: STEP, lowest: 0, highest: LAST, at: [32, 20], begin, go, end: tell, clear: () => act.clear(), paint,
});

// Buttons ---------------------------------------------------------------------------------------------

const act = {
  undo: () => {
    if (!window.rnnSketch.source.startsWith("~")) return act.clear();
    strokes.pop();
    changed();
    tell();
  },
  clear: () => {
    [strokes, image, keyboard.down] = [[], null, false];
    changed();
    tell();
  },
};
board.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.do) act[button.dataset.do]();
  if (!button?.dataset.example) return;
  show(button.dataset.example);
  tell();
});

window.rnnSketch = { source: null, show };
const opening = board.dataset.source;
show(opening);
for (const picture of board.querySelectorAll("img")) if (!picture.complete) picture.addEventListener("load", paint);
board.dataset.ready = "1";
