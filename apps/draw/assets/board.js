// The field to draw in: 28 × 28 pixels of ink or paper, as the network knows them. What is drawn is a text of 196
// hexadecimal digits, four pixels each, row by row from the upper left (apps/draw/ink.py); "" where nothing is drawn.
//
// After each stroke the component is clicked; `rnnInk.text` is the text.
const SIDE = 28;
const PEN = 1.25; // pixels around a point that become ink

const board = element.querySelector(".rnn-ink");
const canvas = board.querySelector("canvas");
const pen = canvas.getContext("2d");
const unit = canvas.width / SIDE;
let ink = new Uint8Array(SIDE * SIDE);
let last = null;

const written = () =>
  ink.some(Boolean)
    ? Array.from({ length: ink.length / 4 }, (_, n) => parseInt(ink.subarray(4 * n, 4 * n + 4).join(""), 2).toString(16)).join("")
    : "";

const paint = () => {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  ink.forEach((on, n) => on && pen.fillRect((n % SIDE) * unit, Math.floor(n / SIDE) * unit, unit, unit));
  if (!keyboard.seen) return;
  Object.assign(pen, { strokeStyle: keyboard.down ? "#d55e00" : "#0072b2", lineWidth: 3 });
  pen.strokeRect((keyboard.x - 0.5) * unit, (keyboard.y - 0.5) * unit, 2 * unit, 2 * unit);
};
const changed = () => {
  window.rnnInk.text = written();
  paint();
};

const show = (text) => {
  const given = text ?? "";
  if (given === window.rnnInk.text) return;
  ink = new Uint8Array(SIDE * SIDE);
  [...given].forEach((digit, n) => {
    for (let bit = 0; bit < 4; bit++) ink[4 * n + bit] = (parseInt(digit, 16) >> (3 - bit)) & 1;
  });
  changed();
};

// Ink all along the way from the last point.
const go = ([x, y]) => {
  const [fromX, fromY] = last ?? [x, y];
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(x - fromX, y - fromY)));
  for (let step = 0; step <= steps; step++) {
    const [atX, atY] = [fromX + ((x - fromX) * step) / steps, fromY + ((y - fromY) * step) / steps];
    for (let n = 0; n < ink.length; n++) {
      if (Math.hypot((n % SIDE) + 0.5 - atX, Math.floor(n / SIDE) + 0.5 - atY) < PEN) ink[n] = 1;
    }
  }
  last = [x, y];
  changed();
};
const tell = () => trigger("click", { ink: true });
const begin = (point) => {
  last = null;
  go(point);
};
const keyboard = drawingPen(canvas, {
  side: SIDE, step: 1, lowest: 1, highest: SIDE - 1, at: [14, 6], begin, go, end: tell, clear, paint,
});

function clear() {
  ink = new Uint8Array(SIDE * SIDE);
  keyboard.down = false;
  changed();
  tell();
}
board.querySelector("[data-clear]").addEventListener("click", clear);

window.rnnInk = { text: "", show };
paint();
show(window.rnnInkWanted); // what a link has asked for before this was here
board.dataset.ready = "1";
