// The page's own switches, in the upper corner: language (English, Korean, both) and light or dark.
//
// The pages carry both languages: as "English · 한국어" in one piece of text, or as English with an element
// lang="ko" after it. Where one language is chosen, the other is taken out of sight. What visitors or models wrote
// stands in <bdi>, <mark>, <q> or elements with translate="no", and is never touched.
(() => {
  const LANGUAGES = [["en", "English"], ["ko", "한국어"], ["both", "En · 한"]];
  const PAIR = /^(\s*)([^\uac00-\ud7a3]*?\S) · ([^·]*[\uac00-\ud7a3][^]*)$/;
  const MARK = /^\[([^\]·]+) · ([^\]·]+)\]/;
  const NAMES = ["aria-label", "placeholder", "title"];
  const APART = '[translate="no"], bdi, mark, q, script, style, textarea';
  const whole = new WeakMap(); // a text node, or an element's attribute: the text with both languages
  let language = "both";
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

  // One half of "English · 한국어", with the white space around both; or of the "[mark · 표시]" before an example.
  const half = (text) => {
    if (language === "both") return text;
    const mark = MARK.exec(text);
    if (mark) return `[${mark[language === "en" ? 1 : 2]}]${text.slice(mark[0].length)}`;
    const pair = PAIR.exec(text);
    if (!pair) return text;
    return pair[1] + (language === "en" ? pair[2] + pair[3].match(/\s*$/)[0] : pair[3]);
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

  // English is what stands before an element lang="ko": the words beside it, or the element or paragraphs before it.
  const INLINE = "a, abbr, b, code, em, i, kbd, q, small, strong, sub, sup";
  const markEnglish = (korean) => {
    const block = korean.parentElement;
    const alone = [...block.childNodes].every((node) => node === korean || !node.textContent.trim());
    const paragraphs = alone && block.matches("p");
    for (let node = (paragraphs ? block : korean).previousSibling; node; node = node.previousSibling) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (!node.data.trim()) continue;
        const wrap = document.createElement("span");
        node.replaceWith(wrap);
        wrap.append(node);
        node = wrap;
      } else if (node.nodeType !== Node.ELEMENT_NODE || node.lang === "ko" || node.querySelector('[lang="ko"]')) return;
      const goesOn = paragraphs ? node.matches("p, ol, ul") : node.matches(INLINE) || !node.attributes.length;
      if (!goesOn && node.nextElementSibling?.classList.contains("rnn-en")) return;
      node.classList.add("rnn-en");
      if (!goesOn) return;
    }
  };

  const visit = (root) => {
    if (root.nodeType === Node.TEXT_NODE) {
      if (root.parentElement && !root.parentElement.closest(APART)) write(root);
      return;
    }
    if (root.nodeType !== Node.ELEMENT_NODE || root.closest(APART)) return;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) => {
      const apart = node.nodeType === Node.ELEMENT_NODE && node.matches(APART);
      return apart ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
    });
    const korean = [];
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) write(node);
      else {
        writeNames(node);
        if (node.lang === "ko") korean.push(node);
      }
    }
    if (language === "ko") korean.filter((node) => !node.querySelector('[lang="ko"]')).forEach(markEnglish);
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
    document.body.prepend(bar);
    // Gradio paints the page by the system's setting; a choice made here comes after it and wins.
    const theme = remembered("theme");
    paint(theme ? theme === "dark" : document.body.classList.contains("dark") || matchMedia("(prefers-color-scheme: dark)").matches);
    const chosen = remembered("language");
    if (LANGUAGES.some(([known]) => known === chosen)) choose(chosen);
    else choose("both");
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
