// The page's own switches: language (English, Korean, both) and light or dark.
//
// Python marks the two languages (apps/shared/languages.py): as elements with lang="en" and lang="ko", which CSS hides; or,
// where Gradio takes only plain text, as labels "English · 한국어", all of which stand in window.rnnTexts. Here these are
// exchanged for the half that is wanted. What visitors or models wrote stands in <bdi>, <mark>, <q> or elements with
// translate="no", and is never touched.

(() => {
  const LANGUAGES = [["en", "English"], ["ko", "한국어"], ["both", "En · 한"]];
  const { labels, gradio, before } = window.rnnTexts;
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const longestFirst = Object.keys(labels).sort((a, b) => b.length - a.length);
  const LABELS = new RegExp(longestFirst.map(escaped).join("|"), "g");
  const fromKorean = Object.fromEntries(Object.entries(gradio).map(([english, korean]) => [korean, english]));
  const NAMES = ["aria-label", "placeholder", "title"];
  const APART = '[translate="no"], bdi, mark, q, script, style, textarea';
  const whole = new WeakMap(); // a text node, or an element's attribute: the text with both languages
  let language = "both";
  window.rnnLanguage = () => language;
  let changed = false;

  const remembered = (key) => {
    try {
      return localStorage.getItem(`rnn-${key}`);
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  const remember = (key, value) => {
    try {
      localStorage.setItem(`rnn-${key}`, value);
    } catch {} // the choice lasts as long as the page
  };

  // A text with the wanted half of every label in it; where all of it is Gradio's own, that in the wanted language.
  const half = (text) => {
    if (language === "both") return text;
    const own = text.trim();
    const known = (language === "ko" ? gradio : fromKorean)[own];
    if (known) return text.replace(own, known);
    const named = language === "ko" && Object.keys(before).find((name) => text.startsWith(name));
    if (named) return before[named] + half(text.slice(named.length));
    return text.includes(" · ") ? text.replace(LABELS, (label) => labels[label][language === "en" ? 0 : 1]) : text;
  };

  const write = (node) => {
    const known = whole.get(node);
    const text = known && node.data === known.shown ? known.text : node.data;
    const shown = half(text);
    if (shown !== node.data) node.data = shown;
    whole.set(node, { text, shown });
  };

  const writeNames = (element) => {
    const known = whole.get(element) ?? {};
    for (const name of NAMES) {
      const now = element.getAttribute(name);
      if (now === null) continue;
      const text = known[name] && now === known[name].shown ? known[name].text : now;
      const shown = half(text);
      if (shown !== now) element.setAttribute(name, shown);
      known[name] = { text, shown };
    }
    whole.set(element, known);
  };

  // What stands in a menu is the value of an input, of whose changes nobody is told.
  const menus = new WeakMap(); // an input: its text with both languages
  const writeMenus = () => {
    for (const input of document.querySelectorAll('input[role="listbox"], input[role="combobox"]')) {
      if (input === document.activeElement) continue;
      const known = menus.get(input);
      const text = known && input.value === known.shown ? known.text : input.value;
      const shown = half(text);
      if (shown !== input.value) input.value = shown;
      menus.set(input, { text, shown });
    }
  };
  document.addEventListener("focusin", (event) => {
    const known = menus.get(event.target); // Gradio is to find its own text there
    if (known && event.target.value === known.shown) event.target.value = known.text;
  });

  // An error is English, a line break, and Korean.
  const markErrors = (root) => {
    for (const line of root.querySelectorAll('[data-testid="toast-text"] br')) {
      const told = line.parentElement;
      const parts = ["en", "ko"].map((name) => Object.assign(document.createElement("div"), { lang: name }));
      while (told.firstChild !== line) parts[0].append(told.firstChild);
      line.remove();
      while (told.firstChild) parts[1].append(told.firstChild);
      told.append(...parts);
    }
  };

  const visit = (root) => {
    if (root.nodeType === Node.TEXT_NODE) {
      if (root.parentElement && !root.parentElement.closest(APART)) write(root);
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE || root.closest(APART)) return;
    markErrors(root);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) => {
      const apart = node.nodeType === Node.ELEMENT_NODE && node.matches(APART);
      return apart ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
    });
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) write(node);
      else writeNames(node);
    }
  };

  const watcher = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "characterData") visit(change.target);
      else if (change.type === "attributes") {
        if (!change.target.closest(APART)) writeNames(change.target);
      } else change.addedNodes.forEach(visit);
    }
  });

  const choose = (chosen) => {
    language = chosen;
    document.documentElement.dataset.language = chosen;
    document.documentElement.lang = chosen === "ko" ? "ko" : "en";
    watcher.disconnect();
    if (chosen !== "both" || changed) visit(document.body);
    changed = true;
    writeMenus();
    if (chosen !== "both") {
      const seen = { subtree: true, childList: true, characterData: true };
      watcher.observe(document.body, { ...seen, attributes: true, attributeFilter: NAMES });
    }
    for (const button of document.querySelectorAll("#rnn-switches [data-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === chosen));
    }
  };

  const paint = (dark) => {
    document.body.classList.toggle("dark", dark);
    const button = document.querySelector("#rnn-switches [data-theme]");
    button.setAttribute("aria-pressed", String(dark));
    button.textContent = dark ? "☀" : "☾";
  };

  const button = (text, label, then) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", then);
    return made;
  };

  setInterval(() => language === "both" || writeMenus(), 250);

  const begin = () => {
    const bar = document.createElement("div");
    bar.id = "rnn-switches";
    bar.setAttribute("translate", "no");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Language and light, 언어와 밝기");
    for (const [choice, name] of LANGUAGES) {
      const label = { en: "Show English", ko: "한국어로 보기", both: "Show both languages, 두 언어로 보기" }[choice];
      const made = button(name, label, () => (remember("language", choice), choose(choice)));
      made.dataset.choice = choice;
      bar.append(made);
    }
    const light = button("☾", "Dark colours, 어두운 색", () => {
      const dark = !document.body.classList.contains("dark");
      remember("theme", dark ? "dark" : "light");
      paint(dark);
    });
    light.dataset.theme = "";
    bar.append(light);
    (document.querySelector("#rnn-header .rnn-tools") ?? document.body).prepend(bar);
    // Gradio paints the page by the system's setting; a choice made here comes after it and wins.
    const theme = remembered("theme");
    paint(theme ? theme === "dark" : document.body.classList.contains("dark") || matchMedia("(prefers-color-scheme: dark)").matches);
    const chosen = window.rnnLinks?.language() ?? remembered("language");
    if (LANGUAGES.some(([known]) => known === chosen)) choose(chosen);
    else choose("both");
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
