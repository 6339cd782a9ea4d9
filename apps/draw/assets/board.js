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
let held = null; // the pointer that draws
let last = null;
const place = { x: 14, y: 6, down: false, seen: false }; // of the keyboard's pen

const written = () =>
  ink.some(Boolean)
    ? Array.from({ length: ink.length / 4 }, (_, n) => parseInt(ink.subarray(4 * n, 4 * n + 4).join(""), 2).toString(16)).join("")
    : "";

const paint = () => {
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  ink.forEach((on, n) => on && pen.fillRect((n % SIDE) * unit, Math.floor(n / SIDE) * unit, unit, unit));
  if (!place.seen) return;
  Object.assign(pen, { strokeStyle: place.down ? "#d55e00" : "#0072b2", lineWidth: 3 });
  pen.strokeRect((place.x - 0.5) * unit, (place.y - 0.5) * unit, 2 * unit, 2 * unit);
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
const go = (x, y) => {
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
const pointOf = (event) => {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
};

canvas.addEventListener("pointerdown", (event) => {
  if (held !== null || event.button) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  place.seen = place.down = false;
  held = event.pointerId;
  canvas.setPointerCapture(held);
  last = null;
  go(...pointOf(event));
});
canvas.addEventListener("pointermove", (event) => event.pointerId === held && go(...pointOf(event)));
for (const kind of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(kind, (event) => {
    if (event.pointerId !== held) return;
    held = null;
    tell();
  });
}

const lift = () => {
  if (place.down) tell();
  place.down = false;
};
canvas.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way && ![" ", "Enter", "Escape"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation(); // in presenter mode the arrows turn pages
  place.seen = true;
  if (way) {
    place.x = Math.max(1, Math.min(SIDE - 1, place.x + way[0]));
    place.y = Math.max(1, Math.min(SIDE - 1, place.y + way[1]));
    if (place.down) go(place.x, place.y);
  } else if (event.key === "Escape") clear();
  else if (place.down) lift();
  else {
    place.down = true;
    last = null;
    go(place.x, place.y);
  }
  paint();
});
canvas.addEventListener("blur", () => {
  lift();
  place.seen = false;
  paint();
});

function clear() {
  ink = new Uint8Array(SIDE * SIDE);
  place.down = false;
  changed();
  tell();
}
board.querySelector("[data-clear]").addEventListener("click", clear);

window.rnnInk = { text: "", show };
paint();
show(window.rnnInkWanted); // what a link has asked for before this was here
board.dataset.ready = "1";
