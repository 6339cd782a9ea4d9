// A clip that is played, with strips of labels under it: the numbers of the frame that is shown, or pointed at.
//
// The component's value is HTML that Python made (apps/video/strip_view.py). A .rnn-clip holds the frames, and for each row
// the class and its share, in parts of a thousand, of every frame.
const playing = new WeakMap(); // view -> timer
const sheets = new WeakMap(); // view -> the picture that holds all frames
const TRAIL = 24; // points before the one that is shown
const known = new WeakMap(); // view -> its data as text, and read; Gradio may keep the element and change the text
const dataOf = (view) => {
  const text = view.dataset.clip;
  if (known.get(view)?.text !== text) known.set(view, { text, data: JSON.parse(text) });
  return known.get(view).data;
};

// Drawing ---------------------------------------------------------------------------------------------

const colours = (view) => {
  const style = getComputedStyle(view);
  return {
    text: style.getPropertyValue("--body-text-color") || "#222",
    line: style.getPropertyValue("--border-color-primary") || "#ccc",
    of: (n) => style.getPropertyValue(`--rnn-k${n}`).trim() || "#888",
  };
};

// Where the points of all frames lie, so that they fill the canvas.
const fitted = (points, width, height) => {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const scale = Math.min((0.84 * width) / Math.max(right - left, 1e-6), (0.84 * height) / Math.max(bottom - top, 1e-6));
  return ([x, y]) => [width / 2 + scale * (x - (left + right) / 2), height / 2 + scale * (y - (top + bottom) / 2)];
};

const drawPoints = (view, pen, at, { width, height }) => {
  const { points, rows, classes } = dataOf(view);
  const { text, line, of } = colours(view);
  const place = fitted(points.map(([x, y]) => [(16 * x) / 9, y]), width, height);
  const at2 = (n) => place([(16 * points[n][0]) / 9, points[n][1]]);
  const path = (from, to, style, wide) => {
    Object.assign(pen, { strokeStyle: style, lineWidth: wide, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    for (let n = from; n <= to; n++) pen.lineTo(...at2(n));
    pen.stroke();
  };
  path(0, points.length - 1, line, 2);
  const causal = rows.find(({ key }) => key === "causal");
  for (let n = Math.max(1, at - TRAIL); n <= at; n++) {
    path(n - 1, n, causal ? of(classes[causal.labels[n]][2]) : text, 6);
  }
  pen.fillStyle = text;
  pen.beginPath();
  pen.arc(...at2(at), 7, 0, 2 * Math.PI);
  pen.fill();
};

const drawJoints = (view, pen, at, { width, height }) => {
  const { joints, bones } = dataOf(view);
  const { text } = colours(view);
  const place = fitted(joints.flat().map(([x, y]) => [x, -y]), width, height);
  const pose = joints[at].map(([x, y]) => place([x, -y]));
  Object.assign(pen, { strokeStyle: text, fillStyle: text, lineWidth: 5, lineCap: "round" });
  for (const [one, other] of bones) {
    pen.beginPath();
    pen.moveTo(...pose[one]);
    pen.lineTo(...pose[other]);
    pen.stroke();
  }
  for (const [n, joint] of pose.entries()) {
    if (bones.length && n !== 3) continue; // the head is a dot
    pen.beginPath();
    pen.arc(...joint, bones.length ? 11 : 3, 0, 2 * Math.PI);
    pen.fill();
  }
};

const drawPixels = (view, pen, at, { width, height }) => {
  const { sheet, columns, width: wide, height: high } = dataOf(view);
  if (sheets.get(view)?.src !== sheet) {
    const image = Object.assign(new Image(), { src: sheet });
    image.addEventListener("load", () => draw(view));
    sheets.set(view, image);
  }
  const image = sheets.get(view);
  if (!image.complete || !image.naturalWidth) return;
  pen.imageSmoothingEnabled = false;
  const scale = Math.min(width / wide, height / high);
  const [x, y] = [wide * (at % columns), high * Math.floor(at / columns)];
  const [left, top] = [(width - scale * wide) / 2, (height - scale * high) / 2];
  pen.drawImage(image, x, y, wide, high, left, top, scale * wide, scale * high);
};

const draw = (view) => {
  const canvas = view.querySelector("canvas");
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const how = { points: drawPoints, joints: drawJoints, pixels: drawPixels }[dataOf(view).inputs];
  how?.(view, pen, Number(view.dataset.at), canvas);
};

// Numbers ---------------------------------------------------------------------------------------------

// Beside each strip: the label of a frame, with its probability.
const tell = (view, at) => {
  const { rows, classes } = dataOf(view);
  for (const { key, labels, shares } of rows) {
    const cell = view.querySelector(`tr[data-network="${key}"] .rnn-now`);
    const found = classes[labels[at]];
    const mark = Object.assign(document.createElement("i"), { className: found ? `rnn-swatch rnn-k${found[2]}` : "" });
    const share = shares ? ` ${(shares[at] / 10).toFixed(0)} %` : "";
    cell.replaceChildren(...(found ? [mark, rnnBoth(found[0], found[1]), share] : ["–"]));
  }
  view.style.setProperty("--at", (at + 0.5) / dataOf(view).count);
};

const sliderOf = (view) => view.querySelector("input[type=range]");

const show = (view, at) => {
  view.dataset.at = at;
  const { count, rate } = dataOf(view);
  const slider = sliderOf(view);
  slider.value = at + 1;
  slider.setAttribute("aria-valuetext", `${at + 1} / ${count}`);
  view.querySelector("output").replaceChildren(`${at + 1} / ${count} · ${(at / rate).toFixed(1)} s`);
  tell(view, at);
  draw(view);
};

// Playing ---------------------------------------------------------------------------------------------

const stop = (view) => {
  clearInterval(playing.get(view));
  playing.delete(view);
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "false");
};

const play = (view) => {
  const { count, rate } = dataOf(view);
  const first = Number(view.dataset.at) < count - 1 ? Number(view.dataset.at) : 0;
  const began = performance.now();
  view.querySelector(".rnn-play").setAttribute("aria-pressed", "true");
  const step = () => {
    if (!view.isConnected) return clearInterval(playing.get(view));
    const at = first + Math.floor(((performance.now() - began) * rate) / 1000);
    show(view, Math.min(at, count - 1));
    if (at >= count - 1) stop(view);
  };
  playing.set(view, setInterval(step, 1000 / Math.min(rate, 30)));
  step();
};

const go = (view, at) => {
  stop(view);
  show(view, at);
};

// Pointing --------------------------------------------------------------------------------------------

const frameAt = (view, strip, event) => {
  const box = strip.getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  const { count } = dataOf(view);
  return Math.max(0, Math.min(count - 1, Math.floor(share * count)));
};

let scrubbed = null; // the strip that is pressed
element.addEventListener("pointerdown", (event) => {
  const strip = event.target.closest(".rnn-runs");
  if (!strip || event.button) return;
  scrubbed = strip;
  go(strip.closest(".rnn-clip"), frameAt(strip.closest(".rnn-clip"), strip, event));
});
addEventListener("pointerup", () => (scrubbed = null));
element.addEventListener("pointermove", (event) => {
  const strip = scrubbed ?? event.target.closest(".rnn-runs");
  if (!strip) return;
  const view = strip.closest(".rnn-clip");
  if (scrubbed) return go(view, frameAt(view, strip, event));
  if (!playing.has(view) && event.pointerType === "mouse") tell(view, frameAt(view, strip, event));
});
element.addEventListener("pointerout", (event) => {
  const view = event.target.closest(".rnn-clip");
  if (view && !scrubbed && !playing.has(view) && !event.relatedTarget?.closest?.(".rnn-runs")) tell(view, Number(view.dataset.at));
});
element.addEventListener("click", (event) => {
  const view = event.target.closest(".rnn-clip");
  if (view && event.target.closest(".rnn-play")) return playing.has(view) ? stop(view) : play(view);
});
element.addEventListener("input", (event) => {
  if (event.target.matches(".rnn-clip input[type=range]")) go(event.target.closest(".rnn-clip"), Number(event.target.value) - 1);
});

const fresh = () => {
  for (const view of element.querySelectorAll(".rnn-clip:not([data-at])")) show(view, 0);
};
new MutationObserver(fresh).observe(element, { childList: true, subtree: true });
fresh();
