// The field whose movements are labelled while they happen.
//
// The pointer is read at the recording's frame rate, between its events on straight lines. Every quarter of a second the new
// points go to the server in one request, never two at a time; `rnnLive.batch` gives its text, `rnnLive.answer` takes the labels.
const board = element.querySelector(".rnn-live");
const canvas = board.querySelector("canvas");
const pen = canvas.getContext("2d");
const { rate, seconds, batch: most, names, gestures } = JSON.parse(board.dataset.known);
const FRAME = 1000 / rate;
const SEND = 250; // milliseconds between requests
const PATIENCE = 2000; // milliseconds until the next try after an error
const IDLE = 2500; // milliseconds without a movement, after which nothing more is sent
const LATE = 1000; // milliseconds without a tick, as in a tab that is not seen: what follows is a new movement
const KEPT = 3000; // points that can be saved
const STRIDE = 0.017; // the way of the keyboard's point in a frame, in widths of the field
const ASPECT = canvas.width / canvas.height;
const SHOWN = Math.round(seconds * rate);

let past = []; // {x, y, label, alone, begins}: points with a label
let sampled = []; // points {x, y, begins} that wait to be sent
let sending = []; // those that are under way
let all = []; // points of this movement, for the file
let records = []; // [time, x, y] of the pointer
let here = null; // [x, y] where the pointer is, in widths and heights of the field
let begins = true; // the next point begins a movement
let next = 0; // when the next point is due
let moved = 0; // when the pointer last moved
let played = null; // points that are still to be played
let ticking = null;
let held = new Set(); // arrow keys
let underway = false;
let allowed = 0; // when the next request may go
let classes = [];

// Points at the frame rate --------------------------------------------------------------------------------

const inside = (value) => Math.max(0.01, Math.min(0.99, value));

// Where the pointer was at a time: on a straight line between two of its events.
const placeAt = (time) => {
  while (records.length > 1 && records[1][0] <= time) records.shift();
  const [[from, x, y], later] = records;
  if (!later || time <= from) return [x, y];
  const share = (time - from) / (later[0] - from);
  return [x + share * (later[1] - x), y + share * (later[2] - y)];
};

const add = ([x, y]) => {
  sampled.push({ x, y, begins });
  if (begins) all = [];
  if (all.length < KEPT) all.push([x, y]);
  begins = false;
  if (sampled.length > most) { // the server is too slow: what follows is a new movement
    sampled = [];
    begins = true;
  }
};

const stepOfKeys = () => {
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const [x, y] = [...held].reduce(([x, y], key) => [x + ways[key][0], y + ways[key][1]], [0, 0]);
  if (x || y) moved = performance.now();
  here = [inside(here[0] + STRIDE * x), inside(here[1] + STRIDE * ASPECT * y)];
  return here;
};

const sample = (time) => {
  if (played) {
    here = played.shift();
    moved = performance.now();
    add(here);
    if (!played.length) [played, here] = [null, null]; // the last label stays
    return;
  }
  add(held.size || !records.length ? stepOfKeys() : placeAt(time));
};

const tick = () => {
  const now = performance.now();
  if (now - next > LATE) [next, sampled, begins] = [now, [], true];
  const lag = records.length && !held.size ? 25 : 0; // the event after it may still come
  while (here && next <= now - lag) {
    sample(next);
    next += FRAME;
  }
  send(now);
  paint();
  const idle = now - moved > IDLE || !here;
  if (idle && !sampled.length && !underway) sleep();
  if (idle) here = null;
};

const wake = () => {
  moved = performance.now();
  if (ticking) return;
  [next, begins] = [moved, true];
  ticking = setInterval(tick, FRAME);
};
const sleep = () => {
  clearInterval(ticking);
  [ticking, records] = [null, []];
};

// Requests --------------------------------------------------------------------------------------------------

const send = (now) => {
  if (underway || !sampled.length || now < allowed) return;
  // One request holds points of one movement.
  const end = sampled.findIndex((point, n) => n && point.begins);
  sending = sampled.splice(0, end < 0 ? sampled.length : end);
  [underway, allowed] = [true, now + SEND];
  if (!past.length) setTimeout(wait, SLOW);
  trigger("click");
};

const model = () => window.rnnLive.model ?? "";
const batch = () =>
  JSON.stringify({
    model: model(),
    fresh: sending[0]?.begins ?? true,
    points: sending.map(({ x, y }) => [Number(x.toFixed(4)), Number(y.toFixed(4))]),
  });

const answer = (text) => {
  underway = false;
  const told = JSON.parse(text);
  classes = told.classes;
  sending.forEach((point, n) => past.push({ ...point, label: told.labels[n], alone: told.alone[n], shares: told.probabilities[n] }));
  sending = [];
  past = past.slice(-SHOWN);
  tell();
  paint();
};

const failed = () => {
  [underway, sending, sampled, begins] = [false, [], [], true];
  allowed = performance.now() + PATIENCE;
};

// What is shown -----------------------------------------------------------------------------------------------

const nameOf = (label) => names[label] ?? Array(2).fill(label.replaceAll("_", " "));
const kind = (label) => `rnn-k${Math.max(0, classes.indexOf(label)) % 8}`;
const part = (tag, kindOf, ...inner) => {
  const made = Object.assign(document.createElement(tag), { className: kindOf });
  made.append(...inner);
  return made;
};

// Stretches of one label as the strips under clips have them.
const strip = (list, labels) => {
  const items = [part("li", "")];
  items[0].style.flex = SHOWN - labels.length;
  for (let from = 0, to; from < labels.length; from = to) {
    to = from + 1;
    while (to < labels.length && labels[to] === labels[from]) to += 1;
    const item = part("li", kind(labels[from]));
    item.style.flex = to - from;
    if (to - from > 0.11 * SHOWN) item.append(rnnBoth(...nameOf(labels[from])));
    items.push(item);
  }
  list.replaceChildren(...items);
};

const said = board.querySelector(".rnn-live-answer");
// The first visitor waits until the model is loaded.
const SLOW = 900;
const wait = () => {
  if (!underway || past.length) return;
  said.dataset.label = "waiting";
  said.replaceChildren(rnnBoth("Loading the model…", "모델을 불러오는 중…"));
};
const tell = () => {
  const last = past.at(-1);
  board.classList.toggle("rnn-live-used", Boolean(last));
  if (said.dataset.label !== (last?.label ?? "")) { // else it would be read out four times a second
    said.dataset.label = last?.label ?? "";
    said.replaceChildren(...(last ? [part("i", `rnn-swatch ${kind(last.label)}`), rnnBoth(...nameOf(last.label))] : ["–"]));
  }
  const bars = last ? classes.map((one, n) => {
    const bar = part("i", kind(one));
    bar.style.width = `${100 * last.shares[n]}%`;
    return part("li", "", part("span", "", rnnBoth(...nameOf(one))), part("span", "rnn-track", bar), part("b", "", `${(100 * last.shares[n]).toFixed(0)} %`));
  }) : [];
  board.querySelector(".rnn-live-bars").replaceChildren(...bars);
  strip(board.querySelector("[data-past=causal]"), past.map(({ label }) => label));
  strip(board.querySelector("[data-past=alone]"), past.map(({ alone }) => alone).filter(Boolean));
};

const TRAIL = 60; // points that are drawn
const paint = () => {
  const style = getComputedStyle(board);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  Object.assign(pen, { lineWidth: 9, lineCap: "round" });
  const points = [...past, ...sending, ...sampled].slice(-TRAIL);
  points.forEach(({ x, y, begins, label }, n) => {
    if (!n || begins) return;
    pen.globalAlpha = 0.25 + (0.75 * n) / points.length;
    pen.strokeStyle = label ? style.getPropertyValue(`--${kind(label)}`) : style.getPropertyValue("--rnn-faint");
    pen.beginPath();
    pen.moveTo(points[n - 1].x * canvas.width, points[n - 1].y * canvas.height);
    pen.lineTo(x * canvas.width, y * canvas.height);
    pen.stroke();
  });
  pen.globalAlpha = 1;
  const now = here ?? (document.activeElement === canvas ? [0.5, 0.5] : null);
  if (!now) return;
  pen.fillStyle = style.getPropertyValue("--rnn-text");
  pen.beginPath();
  pen.arc(now[0] * canvas.width, now[1] * canvas.height, 11, 0, 2 * Math.PI);
  pen.fill();
};

const clear = () => {
  [past, sampled, all, records, played, here, begins] = [[], [], [], [], null, null, true];
  held.clear();
  tell();
  paint();
};

// Mouse and finger ------------------------------------------------------------------------------------------

const leave = () => {
  [records, here] = [[], null];
  held.clear();
};
const pointed = (event) => {
  const box = canvas.getBoundingClientRect();
  const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  if (records.length === 0) begins = true;
  records.push([event.timeStamp, ...at]);
  here = at;
};
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "mouse" && !canvas.hasPointerCapture(event.pointerId)) return;
  if (played && !event.movementX && !event.movementY) return;
  [played] = [null];
  held.clear();
  const single = event.getCoalescedEvents?.() ?? [];
  for (const one of single.length ? single : [event]) pointed(one);
  wake();
});
canvas.addEventListener("pointerdown", (event) => {
  if (event.pointerType === "mouse") return canvas.focus({ preventScroll: true });
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  [played, records] = [null, []];
  pointed(event);
  wake();
});
for (const end of ["pointerleave", "pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (end === "pointerup" && event.pointerType === "mouse") return;
    if (!played) leave();
  });
}

// The keyboard ------------------------------------------------------------------------------------------------

canvas.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return clear();
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  event.stopPropagation(); // in presenter mode the arrows turn pages
  [played, records] = [null, []];
  here ??= [0.5, 0.5];
  held.add(event.key);
  wake();
});
canvas.addEventListener("keyup", (event) => held.delete(event.key));
canvas.addEventListener("focus", paint);
canvas.addEventListener("blur", () => {
  if (held.size) leave();
  paint();
});

// Buttons -----------------------------------------------------------------------------------------------------

const save = () => {
  const lines = all.map(([x, y], n) => `${((n * FRAME) / 1000).toFixed(4)},${x.toFixed(5)},${y.toFixed(5)}`);
  const blob = new Blob([["second,x,y", ...lines, ""].join("\n")], { type: "text/csv" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "movement.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};
board.addEventListener("click", (event) => ({ clear, save })[event.target.closest("button")?.dataset.do]?.());

// A movement of the page's own, from the middle of the field as `apps/video/gestures.py` has it.
const play = (name) => {
  clear();
  played = gestures[name].map((point) => [...point]);
  here = played[0];
  wake();
};

window.rnnLive = { batch, answer, failed, play, model: null };
tell();
paint();
board.dataset.ready = "1";
