// The unrolled graph: its nodes are pointed at, tapped, or stepped to with the arrow keys, and it is walked through,
// forward and then backward, one node at a time.
//
// The component's value is HTML that Python made, all text escaped: an SVG whose buttons (data-node) have the place in the
// walk at which their value comes (data-f) and their gradient (data-b), and a panel (data-of) for each.

const PACE = 700; // milliseconds a node
const player = () => document.querySelector("#unroll-player .rnn-walk");

let at = Infinity; // the place in the walk; beyond its end all is shown
let looked = ""; // the node whose panel is shown
let pinned = ""; // the one that was tapped or focused
let timer = null;
let trained = null;

const svg = () => element.querySelector(".rnn-unrolled");
const walk = () => Number(element.querySelector(".rnn-graph")?.dataset.walk ?? 0);
const nodes = () => [...element.querySelectorAll("[data-node]")];
const find = (name) => nodes().find((node) => node.dataset.node === name);

// The panel of a node, or of a weight.
function look(name) {
  const panels = [...element.querySelectorAll(".rnn-detail")];
  looked = panels.some((panel) => panel.dataset.of === name) ? name : "";
  for (const panel of panels) panel.hidden = panel.dataset.of !== looked;
  const point = element.querySelector(".rnn-point");
  if (point) point.hidden = looked !== "";
  for (const node of nodes()) {
    const on = node.dataset.node === looked;
    node.classList.toggle("rnn-on", on);
    node.setAttribute("aria-pressed", String(on));
  }
}

// Which numbers are there at this place of the walk.
function paint() {
  const all = at >= walk();
  svg()?.classList.toggle("rnn-walked", !all);
  let now = "";
  for (const node of nodes()) {
    const [forward, backward] = [Number(node.dataset.f ?? 0), Number(node.dataset.b ?? Infinity)];
    node.classList.toggle("rnn-has-value", all || forward <= at);
    node.classList.toggle("rnn-has-gradient", all || backward <= at);
    const here = !all && (node.dataset.f === String(at) || (node.dataset.b === String(at) && !node.matches(".rnn-copy")));
    if (here && !now) now = node.dataset.node;
    node.classList.toggle("rnn-here", here);
  }
  const said = player()?.querySelector("output");
  if (said) said.textContent = all ? "" : `${at} / ${walk()}`;
  return now;
}

function roving() {
  const all = nodes();
  const first = find(pinned || looked) ?? all.find((node) => node.matches(".rnn-state")) ?? all[0];
  for (const node of all) node.setAttribute("tabindex", node === first ? "0" : "-1");
}

function show(node) {
  const box = element.querySelector(".rnn-graph");
  const [own, frame] = [node.getBoundingClientRect(), box.getBoundingClientRect()];
  if (own.left >= frame.left && own.right <= frame.right) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  box.scrollBy({ left: own.left - frame.left - frame.width / 2, behavior: still ? "auto" : "smooth" });
}

function stop() {
  clearInterval(timer);
  timer = null;
  document.querySelector("#unroll-start")?.classList.remove("rnn-playing");
}

function go(place) {
  at = Math.max(0, Math.min(place, walk()));
  pinned = "";
  const now = paint();
  look(now || (at === 0 ? "" : looked));
  if (now) show(find(now));
  if (at >= walk()) stop();
}

const step = (by) => go(by > 0 && at >= walk() ? 1 : (at >= walk() ? walk() : at) + by);

// Whoever wants less motion steps by hand: the walk begins, and goes no further by itself.
// A second press stops it.
function play() {
  if (timer !== null) return stop();
  go(1);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { bottom } = element.querySelector(".rnn-graph")?.getBoundingClientRect() ?? { bottom: 0 };
  if (bottom > innerHeight) player()?.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  if (still) return;
  document.querySelector("#unroll-start")?.classList.add("rnn-playing");
  timer = setInterval(() => step(1), PACE);
}
window.rnnUnroll = { play };

// A new graph: the same place and the same node as before; while it is trained, all of it.
function renewed() {
  const now = element.querySelector(".rnn-graph")?.dataset.trained;
  if (trained !== null && now !== trained && at < Infinity) {
    stop();
    at = Infinity;
  }
  trained = now ?? null;
  if (at !== Infinity) at = Math.min(at, walk());
  paint();
  look(looked);
  roving();
}
watch("value", () => requestAnimationFrame(renewed)); // by then the page shows it

// Pointing, tapping, focus ----------------------------------------------------------------------------

element.addEventListener("pointerover", (event) => {
  const node = event.target.closest("[data-node]");
  if (node && event.pointerType === "mouse" && timer === null) look(node.dataset.node);
});
element.addEventListener("focusin", (event) => {
  const node = event.target.closest("[data-node]");
  if (!node || timer !== null) return;
  pinned = node.dataset.node;
  look(pinned);
});
element.addEventListener("click", (event) => {
  const node = event.target.closest("[data-node]");
  const shows = event.target.closest("[data-shows]");
  if (!node && !shows) return;
  stop();
  pinned = node?.dataset.node ?? shows.dataset.shows;
  look(pinned);
  roving();
  if (shows) element.querySelector(".rnn-details").scrollIntoView({ block: "nearest" });
});

// Arrow keys go to the nearest button in that direction.
const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
element.addEventListener("keydown", (event) => {
  const node = event.target.closest("[data-node]");
  const direction = DIRECTIONS[event.key];
  if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    look(node.dataset.node);
    return;
  }
  if (!direction) return;
  event.preventDefault();
  const middle = (one) => {
    const box = one.querySelector(".rnn-box").getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = middle(node);
  let best = null, least = Infinity;
  for (const other of nodes()) {
    const [there, high] = middle(other);
    const along = (there - x) * direction[0] + (high - y) * direction[1];
    const across = Math.abs((there - x) * direction[1]) + Math.abs((high - y) * direction[0]);
    if (along < 4 || across > along * 2.5) continue;
    if (along + 2 * across < least) [best, least] = [other, along + 2 * across];
  }
  if (!best) return;
  for (const other of nodes()) other.setAttribute("tabindex", other === best ? "0" : "-1");
  best.focus();
  show(best);
});

// The buttons of the walk; for a class the arrow keys and a remote control step, too, until the walk ends.
document.addEventListener("click", (event) => {
  const by = event.target.closest("#unroll-player [data-by]")?.dataset.by;
  if (!by) return;
  stop();
  if (by === "start") go(0);
  else if (by === "end") go(Infinity), (at = Infinity);
  else step(Number(by));
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!event.target.closest?.("#unroll-player") || !("presenter" in document.documentElement.dataset)) return;
    const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    const ended = by > 0 ? walk() > 0 && at === walk() : at <= 0 || at > walk();
    if (ended) return; // the presenter goes on to what comes next
    event.preventDefault();
    stop();
    step(by);
  },
  true,
);
renewed();
