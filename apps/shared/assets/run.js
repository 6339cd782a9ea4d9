// From the press of a button to its result; apps/shared/run.py says which buttons, fields and results there are.
//
// What Python tells of a run: `start` and `stop`, ids of its buttons; `doing`, the label shown meanwhile; `outputs`, ids of
// what shows the result; `others`, ids of what takes no click meanwhile; `texts` and `aside`, numbers of the inputs that are
// texts or files, and of those that make no other result; `empty`, what the outputs hold before the first run.
window.rnnRun = (() => {
  const NARROW = 768; // pixels; below it results stand under the fields, and not beside them
  const PARSED = 60; // milliseconds until Gradio has read the answer that a run is in the queue
  const RECENT = 1000; // milliseconds in which an error belongs to a run that has just failed
  const runs = new Map(); // by the id of the start button
  const find = (id) => (id ? document.getElementById(id) : null);
  const of = (told) => {
    const blank = { told, busy: false, making: [], fresh: new Set(), left: new Set(), base: null, latest: null };
    if (!runs.has(told.start)) runs.set(told.start, { ...blank, ended: 0, adopts: 0 });
    return runs.get(told.start);
  };
  const busyRuns = () => [...runs.values()].filter((run) => run.busy);
  const runsOf = (stop) => busyRuns().filter((run) => run.told.stop === stop);
  const key = (run, values) => JSON.stringify(values.filter((_, n) => !run.told.aside.includes(n)));

  // The buttons -----------------------------------------------------------------------------------------

  const said = (label) => {
    const [english, korean] = window.rnnTexts.labels[label] ?? [label, label];
    return window.rnnBoth(english, korean);
  };

  const doing = (label) => {
    const made = document.createElement("span");
    made.className = "rnn-doing";
    made.append(said(label));
    return made;
  };

  const show = (run) => {
    const { told, busy } = run;
    const start = find(told.start);
    start?.querySelector(".rnn-doing")?.remove();
    if (start) start.style.height = busy ? `${start.offsetHeight}px` : "";
    start?.classList.toggle("rnn-busy", busy);
    start?.setAttribute("aria-disabled", String(busy));
    if (busy) start?.append(doing(run.stopping ? STOPPING : told.doing));
    for (const id of told.others) find(id)?.classList.toggle("rnn-waits", busy);
    const stop = find(told.stop);
    const stops = runsOf(told.stop).length > 0;
    stop?.classList.toggle("rnn-on", stops);
    stop?.setAttribute("aria-disabled", String(!stops));
    bar();
  };
  const STOPPING = "Stopping… · 멈추는 중…";

  // What takes no click meanwhile, though it looks like what does; and a Stop that comes too early.
  const refuse = (event) => {
    const pressed = event.target.closest?.(".rnn-stop");
    const early = pressed && runsOf(pressed.id).some((run) => !run.joined);
    if (early) stop(pressed.id);
    if (!early && !event.target.closest?.(".rnn-busy, .rnn-waits, .rnn-stop:not(.rnn-on)")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  // Gradio cannot stop a run before the server has taken it into its queue: the press is made again then.
  const joined = () => {
    const run = busyRuns().find((one) => !one.joined);
    if (!run) return;
    run.joined = true;
    if (run.stopping) find(run.told.stop)?.click();
  };
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) if (name.includes("/queue/join")) setTimeout(joined, PARSED);
  }).observe({ type: "resource" });

  // On a phone the result is in view, and the buttons are not: then they stand at the lower edge.
  const bar = () => {
    const run = busyRuns().at(-1);
    const stop = run && find(run.told.stop);
    const { top, bottom } = stop?.getBoundingClientRect() ?? { top: 0, bottom: 1 };
    const hidden = stop?.checkVisibility() && (bottom < 0 || top > innerHeight);
    let made = document.getElementById("rnn-running");
    if (!hidden) return made?.remove();
    if (made?.dataset.start === run.told.start) return;
    made?.remove();
    made = document.createElement("div");
    made.id = "rnn-running";
    made.dataset.start = run.told.start;
    made.append(doing(run.told.doing));
    const button = document.createElement("button");
    button.type = "button";
    button.append(said(STOP));
    button.addEventListener("click", () => find(run.told.stop)?.click());
    made.append(button);
    document.querySelector(".gradio-container").append(made);
  };
  const STOP = "Stop · 멈춤";

  // The results -----------------------------------------------------------------------------------------

  // Grey where the new result is being made, or where an input is another one than it was made from.
  const paint = (run) => {
    const changed = !run.busy && run.base !== null && run.latest !== null && run.base !== run.latest;
    for (const id of run.told.outputs) {
      const output = find(id);
      const making = run.busy && run.making.includes(id);
      output?.classList.toggle("rnn-old", making ? !run.fresh.has(id) : changed || run.left.has(id));
      output?.classList.toggle("rnn-making", making);
    }
    let note = document.querySelector(`.rnn-changed-note[data-start="${run.told.start}"]`);
    const button = find(run.told.start);
    if (!changed || !button) return note?.remove();
    if (note) return;
    note = document.createElement("div");
    note.className = "rnn-changed-note";
    note.dataset.start = run.told.start;
    note.append(...[["en", "Changed since: the result is of the input before."], ["ko", "입력이 바뀌었습니다. 결과는 바꾸기 전의 것입니다."]].map(([lang, text]) => {
      const part = document.createElement("span");
      Object.assign(part, { lang, textContent: text });
      return part;
    }));
    (button.parentElement.matches(".row") ? button.parentElement : button).after(note);
  };

  // Gradio's own overlay, which comes and goes right under the output, is no result.
  const written = (output, { target }) => target !== output && !target.closest?.("[data-testid=status-tracker]");

  const filled = (id) => {
    const output = find(id);
    return Boolean((output?.querySelector(".html-container") ?? output)?.textContent.trim());
  };

  const watch = (run) => {
    for (const watcher of run.watchers ?? []) watcher.disconnect();
    run.watchers = run.making.map((id) => {
      const output = find(id);
      const watcher = new MutationObserver((changes) => {
        if (!changes.some((change) => written(output, change))) return;
        if (!run.busy) {
          if (run.told.outputs.some(filled)) return;
          Object.assign(run, { base: null, left: new Set() }); // nothing is left that could be old
        } else if (run.fresh.has(id)) return;
        else run.fresh.add(id);
        paint(run);
        if (run.busy) reveal(run);
      });
      if (output) watcher.observe(output, { childList: true, characterData: true, subtree: true });
      return watcher;
    });
  };

  // The first of the new results comes into view, once, unless the visitor has scrolled, or draws: [data-stay].
  const reveal = (run) => {
    if (run.revealed || run.moved || document.activeElement?.matches("[data-stay]")) return;
    const first = run.making.map(find).find((output) => output?.checkVisibility() && output.getBoundingClientRect().height > 20);
    if (!first || !run.fresh.has(first.id)) return; // one further down may be there before it
    const { top, bottom } = first.getBoundingClientRect();
    const high = innerHeight * (innerWidth < NARROW ? 0.3 : 0.6);
    if (top >= 0 && (top < high || bottom <= innerHeight)) return;
    run.revealed = true;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    first.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  };

  // What Python calls -----------------------------------------------------------------------------------

  // A run begins. `making`: ids of the outputs that it makes; `own`: `values` are those of the run's own inputs.
  const begin = (told, values, making, own) => {
    const run = of(told);
    window.rnnErrors?.clear();
    if (own) run.latest = key(run, values);
    Object.assign(run, { busy: true, joined: false, stopping: false, emptied: false, moved: false, revealed: false });
    Object.assign(run, { making: making.filter((id) => told.outputs.includes(id)), fresh: new Set(), left: new Set() });
    run.pending = own ? run.latest : null;
    show(run);
    paint(run);
    watch(run);
    return values;
  };

  // What the outputs become where a text was emptied; else they stay as they are.
  const emptied = (run) => {
    Object.assign(run, { base: null, left: new Set(), emptied: false });
    paint(run);
    return run.told.empty.map((value) => (value?.skip ? undefined : value));
  };

  const end = (start, failed) => {
    const run = runs.get(start);
    if (!run?.busy) return [];
    run.busy = false;
    run.ended = failed ? Date.now() : 0;
    if (failed) run.left = new Set(run.making.filter((id) => !run.fresh.has(id)));
    else run.fresh = new Set(run.making);
    if (run.fresh.size) run.base = run.pending ?? run.latest;
    if (run.fresh.size && !run.pending) run.adopts = Date.now() + RECENT; // what it filled in is its input
    show(run);
    if (run.emptied) return emptied(run);
    paint(run);
    if (!failed) reveal(run);
    if (run.stopping) {
      const parts = [["en", "Stopped."], ["ko", "멈췄습니다."]].map(([lang, text]) => Object.assign(document.createElement("div"), { lang, textContent: text }));
      const button = find(start);
      if (button?.checkVisibility()) window.rnnErrors.note("rnn-notice", button, parts);
    }
    return [];
  };

  // What changes now is what the result was made from, such as a seed that was drawn.
  const adopt = (start) => {
    if (runs.has(start)) runs.get(start).adopts = Date.now() + RECENT;
  };

  const stop = (id) => {
    for (const run of runsOf(id)) {
      run.stopping = true;
      show(run);
    }
  };

  // An input has changed. Gives what the outputs become: as they are, or empty where a text was emptied.
  const changed = (told, values) => {
    const run = of(told);
    run.latest = key(run, values);
    const empty = told.texts.some((n) => (typeof values[n] === "string" ? !values[n].trim() : values[n] === null));
    if (run.busy) {
      run.emptied = empty;
      if (empty) find(told.stop)?.click();
      return [];
    }
    if (Date.now() < run.adopts) run.base = run.latest;
    if (empty && run.base !== null) return emptied(run);
    paint(run);
    return [];
  };

  // The run that an error without a place belongs to.
  const culprit = () => {
    const recent = (run) => run.busy || Date.now() - run.ended < RECENT;
    return [...runs.values()].filter(recent).at(-1)?.told.start ?? "";
  };

  // Keys ------------------------------------------------------------------------------------------------

  const startFor = (field) => {
    for (let around = field.parentElement; around; around = around.parentElement) {
      const starts = [...around.querySelectorAll('button[id$="-start"]')].filter((button) => button.checkVisibility());
      if (starts.length) return starts[0];
    }
    return null;
  };

  // While a Korean syllable is being put together, the text is not whole before the next event.
  const press = (event) => {
    const field = event.target;
    if (event.key !== "Enter" && event.code !== "Enter" && event.code !== "NumpadEnter") return;
    if (!(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    if (!field.matches?.('textarea, input:not([type=checkbox], [type=radio], [type=range], [role=listbox])')) return;
    const start = startFor(field);
    if (!start) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const go = () => setTimeout(() => start.click(), 0);
    if (event.isComposing) field.addEventListener("compositionend", go, { once: true });
    else go();
  };

  const moved = () => busyRuns().forEach((run) => (run.moved = true));
  document.addEventListener("click", refuse, true);
  document.addEventListener("keydown", press, true);
  for (const kind of ["wheel", "touchmove"]) addEventListener(kind, moved, { passive: true, capture: true });
  for (const kind of ["scroll", "resize"]) addEventListener(kind, () => busyRuns().length && bar(), { passive: true });
  return { begin, end, stop, changed, adopt, culprit };
})();
