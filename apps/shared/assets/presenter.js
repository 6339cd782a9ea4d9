// For a class: large type, settings folded, and arrow keys that go from step to step: the guided observations
// (.rnn-observation), then the tabs, each with the observations in it. The switch in the header, the key p, or ?presenter=1 in the address.
(() => {
  const KEY = "rnn-presenter"; // as long as the browser's tab is open
  const STEPS = ".rnn-observation, .rnn-step";
  const TYPED = 'input, textarea, select, [contenteditable], [role="listbox"], [role="combobox"]';
  const OWN = `${TYPED}, video, audio, [role="group"], [role="slider"], .rnn-grid button`; // use arrow keys themselves
  const seen = (element) => element.checkVisibility();

  const button = document.createElement("button");
  button.type = "button";
  button.id = "rnn-presenter";
  button.append(rnnBoth("Present", "발표"));
  const settings = document.createElement("button");
  settings.type = "button";
  settings.id = "rnn-presenter-settings";
  settings.append(rnnBoth("Settings", "설정"));

  const show = (wanted) => {
    settings.setAttribute("aria-pressed", String(wanted));
    if (wanted) document.documentElement.dataset.settings = "";
    else delete document.documentElement.dataset.settings;
  };
  const present = (wanted) => {
    button.setAttribute("aria-pressed", String(wanted));
    if (wanted) document.documentElement.dataset.presenter = "";
    else delete document.documentElement.dataset.presenter;
    show(false);
    try {
      if (wanted) sessionStorage.setItem(KEY, "1");
      else sessionStorage.removeItem(KEY);
    } catch {} // it lasts as long as the page
  };
  const presenting = () => "presenter" in document.documentElement.dataset;

  // All steps in their order, those in a list that is folded up, too.
  const steps = () => {
    const strip = [...document.querySelectorAll('[role="tablist"]')].find(seen);
    const tabs = strip ? [...strip.querySelectorAll('[role="tab"]')] : [];
    const found = [...document.querySelectorAll(STEPS)];
    const within = found.filter((step) => step.closest('[role="tabpanel"]'));
    const shown = within.filter((step) => seen(step.closest('[role="tabpanel"]')));
    const outside = found.filter((step) => !within.includes(step));
    return [...outside, ...tabs.flatMap((tab) => (tab.ariaSelected === "true" ? [tab, ...shown] : [tab]))];
  };

  const visit = (step) => {
    if (step.matches('[role="tab"]')) {
      step.click();
      step.focus({ preventScroll: true });
      document.querySelector("#rnn-header")?.scrollIntoView();
      return;
    }
    for (let list = step.closest("details"); list; list = list.parentElement.closest("details")) list.open = true;
    const pressed = step.matches("a, button") ? step : step.querySelector("a, button") ?? step;
    if (pressed === step && !step.matches("a, button")) step.tabIndex = -1;
    pressed.focus({ preventScroll: true });
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    step.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  };

  let last = null; // the step where the class is
  const go = (by) => {
    const all = steps();
    const active = document.activeElement;
    const here = all.find((step) => step === active || (step.matches(STEPS) && step.contains(active)));
    let at = all.indexOf(here ?? last);
    if (at < 0 && all[0]?.matches('[role="tab"]')) at = all.findIndex((step) => step.ariaSelected === "true");
    if (!all[at + by]) return;
    last = all[at + by];
    visit(last);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (event.key === "p" && !target.closest(TYPED)) {
      event.preventDefault();
      return present(!presenting());
    }
    // A presenter's remote control sends PageUp and PageDown.
    const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (!by || event.shiftKey || !presenting() || target.closest(OWN)) return;
    event.preventDefault();
    go(by);
  });

  button.addEventListener("click", () => present(!presenting()));
  settings.addEventListener("click", () => show(settings.ariaPressed !== "true"));
  (document.querySelector("#rnn-header .rnn-tools") ?? document.body).append(button, settings);
  const asked = new URLSearchParams(location.search).get("presenter");
  let before = null;
  try {
    before = sessionStorage.getItem(KEY);
  } catch {}
  present(asked === null ? before === "1" : asked === "1");
})();
