// A pen on a canvas: the mouse, a finger, or the keyboard (arrows move it, space or Enter puts it down and lifts it,
// Escape clears).
//
// side: the units of the canvas from edge to edge; a point is [x, y] in them.
// step, lowest, highest: of the keyboard's pen, its way at a press and its smallest and largest coordinate.
// at: where it begins.
// begin(point), go(point): a stroke begins, goes on. end(): it has ended. clear(): all is to go. paint(): draw anew.
//
// Gives the keyboard's pen: x, y, down, seen.
const drawingPen = (canvas, { side, step, lowest, highest, at, begin, go, end, clear, paint }) => {
  const pen = { x: at[0], y: at[1], down: false, seen: false };
  let held = null; // the pointer that draws
  const pointOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * side) / box.width, ((event.clientY - box.top) * side) / box.height];
  };
  const inside = (coordinate) => Math.max(lowest, Math.min(highest, coordinate));
  const lift = () => {
    if (pen.down) end();
    pen.down = false;
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (held !== null || event.button) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    pen.seen = pen.down = false;
    held = event.pointerId;
    canvas.setPointerCapture(held);
    begin(pointOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held) return;
    for (const one of event.getCoalescedEvents?.() ?? []) go(pointOf(one));
    go(pointOf(event));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (event.pointerId !== held) return;
      held = null;
      end();
    });
  }

  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (!way && ![" ", "Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // in presenter mode the arrows turn pages
    pen.seen = true;
    if (way) {
      [pen.x, pen.y] = [inside(pen.x + way[0]), inside(pen.y + way[1])];
      if (pen.down) go([pen.x, pen.y]);
    } else if (event.key === "Escape") {
      pen.down = false;
      clear();
    } else if (pen.down) lift();
    else {
      pen.down = true;
      begin([pen.x, pen.y]);
    }
    paint();
  });
  canvas.addEventListener("blur", () => {
    lift();
    pen.seen = false;
    paint();
  });
  return pen;
};
