// The field's words (apps/shared/glossary.py): each is marked where it first stands in a result, an explanation or a
// label, and told when it is pointed at, focused or tapped.
(() => {
  const entries = window.rnnGlossary;
  const ROOTS = '.html-container > div, [data-testid="markdown"], [data-testid="block-info"]';
  // What visitors or models wrote, what is pressed, and what scripts write anew with every move of the mouse.
  const APART = [
    '[translate="no"], bdi, mark, q, code, pre, svg, textarea, script, style, h1, a, button, summary, [hidden]',
    ".rnn-text, .rnn-inspector, .rnn-ticks, .rnn-tree, .rnn-map, .rnn-term, .rnn-word, .rnn-piece, .rnn-model-card",
  ].join(", ");
  const LABELS = { temperature: 1, "top-k": 1, "top-p": 1, beam: 1 }; // of which a label alone is a name
  const forms = new Map(); // a word in small letters -> its entry's name
  for (const [name, { en, ko }] of Object.entries(entries)) {
    for (const form of [...en, ...ko]) forms.set(form.toLowerCase(), name);
  }
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ /g, "[ \\u00a0]");
  const longest = [...forms.keys()].sort((a, b) => b.length - a.length).map(escaped).join("|");
  const WORD = new RegExp(`(?<![\\p{L}\\p{N}-])(?:${longest})(?![A-Za-z0-9-])`, "giu");

  const sign = (name, ...parts) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "rnn-term";
    made.dataset.term = name;
    made.append(...parts);
    return made;
  };

  // A label gets a sign beside it: its text is Gradio's.
  const markLabel = (label) => {
    const [found] = [...label.textContent.matchAll(WORD)].map(([word]) => forms.get(word.toLowerCase()));
    if (!found || !LABELS[found] || label.nextElementSibling?.matches(".rnn-term")) return;
    const name = document.createElement("span");
    name.className = "rnn-unseen";
    name.append(rnnBoth(`What is ${entries[found].en[0]}?`, `${entries[found].ko[0] ?? entries[found].en[0]}: 뜻`));
    const mark = document.createElement("span");
    mark.ariaHidden = "true";
    mark.textContent = "?";
    const button = sign(found, mark, name);
    button.classList.add("rnn-term-sign");
    label.after(button);
  };

  // Once in each language, since one of them may be hidden.
  const keyOf = (name, element) => `${name} ${element.closest("body [lang]")?.lang ?? ""}`;

  const markText = (node, known) => {
    for (const found of node.data.matchAll(WORD)) {
      const name = forms.get(found[0].toLowerCase().replaceAll("\u00a0", " "));
      const key = keyOf(name, node.parentElement);
      if (known.has(key)) continue;
      known.add(key);
      const rest = node.splitText(found.index);
      const after = rest.splitText(found[0].length);
      const button = sign(name);
      rest.replaceWith(button);
      button.append(rest);
      markText(after, known);
      return;
    }
  };

  const mark = (root) => {
    if (root.matches('[data-testid="block-info"]')) return markLabel(root);
    const known = new Set([...root.querySelectorAll(".rnn-term")].map((term) => keyOf(term.dataset.term, term)));
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) => {
      if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
      return node.matches(APART) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    });
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) markText(text, known);
  };

  // A result that is being written is looked at when it rests.
  const changed = new Set();
  let waiting = 0;
  const look = () => {
    for (const root of changed) if (root.isConnected && !root.closest(APART)) mark(root);
    changed.clear();
  };
  const note = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    const root = element?.closest(ROOTS);
    if (root) changed.add(root);
    else element?.querySelectorAll(ROOTS).forEach((inside) => changed.add(inside));
    if (!changed.size) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
  };
  new MutationObserver((changes) => {
    for (const change of changes) if (!change.target.closest?.("#rnn-tip, .rnn-term")) note(change.target);
  }).observe(document.body, { subtree: true, childList: true });
  note(document.body);

  // What is told -------------------------------------------------------------------------------------

  const tip = document.createElement("div");
  tip.id = "rnn-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  document.body.append(tip);
  let told = null; // the word that is told now

  const line = (kind, pair) => {
    const made = document.createElement(kind);
    pair.forEach((text, place) => {
      const part = document.createElement("span");
      part.lang = ["en", "ko"][place];
      part.textContent = text;
      made.append(part, " ");
    });
    return made;
  };

  const place = () => {
    if (!told) return;
    if (!told.isConnected) return hide();
    const [word, own] = [told.getBoundingClientRect(), tip.getBoundingClientRect()];
    const [width, height] = [document.documentElement.clientWidth, innerHeight];
    const left = Math.max(8, Math.min(word.left, width - own.width - 8));
    const below = word.bottom + own.height + 12 <= height || word.top - own.height < 12;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? Math.min(word.bottom + 6, height - own.height - 8) : word.top - own.height - 6}px`;
  };

  const show = (term) => {
    if (told === term) return;
    hide();
    told = term;
    const { en, ko, meaning, better } = entries[term.dataset.term];
    const name = document.createElement("b");
    name.append(ko.length ? rnnBoth(en[0], ko[0]) : en[0]);
    tip.replaceChildren(name, line("p", meaning), ...(better ? [line("strong", better)] : []));
    tip.hidden = false;
    term.setAttribute("aria-describedby", tip.id);
    place();
  };

  const hide = () => {
    told?.removeAttribute("aria-describedby");
    told = null;
    tip.hidden = true;
  };

  const termOf = (event) => event.target.closest?.(".rnn-term");
  let leaving = 0;
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    clearTimeout(leaving);
    const term = termOf(event);
    if (term) show(term);
    else if (told && told !== document.activeElement && !tip.contains(event.target)) leaving = setTimeout(hide, 250);
  });
  document.addEventListener("focusin", (event) => (termOf(event) ? show(termOf(event)) : hide()));
  document.addEventListener("focusout", (event) => termOf(event) && !event.relatedTarget && hide());
  document.addEventListener("click", (event) => {
    const term = termOf(event);
    if (!term) {
      if (!tip.contains(event.target)) hide();
      return;
    }
    event.preventDefault(); // inside a label it would press what the label names
    event.stopPropagation();
    show(term); // not every browser focuses a button that is tapped
  }, true);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", place, { passive: true, capture: true });
  addEventListener("resize", place);
})();
