// What scrolls says so: `data-more` tells on which sides there is more, and CSS fades these. It can be reached
// with the keyboard, and the tab that is chosen comes into view.
(() => {
  const SCROLLING = '.gradio-container [role="tablist"], .rnn-scroll, .rnn-model-card table, .rnn-text, .rnn-words';
  const seen = new WeakSet();

  const look = (box) => {
    const left = Math.abs(box.scrollLeft);
    const rest = box.scrollWidth - box.clientWidth - left;
    const down = box.matches(".rnn-text, .rnn-words");
    const under = down ? box.scrollHeight - box.clientHeight - box.scrollTop : 0;
    const sides = { left: left > 2, right: rest > 2, below: under > 2 };
    const more = Object.keys(sides).filter((side) => sides[side]).join(" ");
    if ((box.dataset.more ?? "") === more) return;
    if (more) box.dataset.more = more;
    else delete box.dataset.more;
    if (more && !box.matches('[role="tablist"]') && !box.querySelector("button, a, input, [tabindex]")) box.tabIndex = 0;
  };

  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => boxOf(target) && look(boxOf(target))));
  const boxOf = (element) => (element.matches(SCROLLING) ? element : element.closest(SCROLLING));

  const watch = () => {
    for (const box of document.querySelectorAll(SCROLLING)) {
      if (!seen.has(box)) {
        seen.add(box);
        sizes.observe(box);
        box.addEventListener("scroll", () => look(box), { passive: true });
      }
      for (const child of box.children) sizes.observe(child);
      look(box);
    }
  };

  const showTab = (tab) => {
    const strip = tab.closest('[role="tablist"]');
    if (!strip) return;
    const [box, own] = [strip.getBoundingClientRect(), tab.getBoundingClientRect()];
    const margin = 40; // the next one is to be seen, too
    if (own.left < box.left + margin) strip.scrollBy({ left: own.left - box.left - margin });
    else if (own.right > box.right - margin) strip.scrollBy({ left: own.right - box.right + margin });
  };

  let waiting = false;
  new MutationObserver((changes) => {
    for (const { target, attributeName } of changes) {
      if (attributeName === "aria-selected" && target.ariaSelected === "true") showTab(target);
    }
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      watch();
    });
  }).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["aria-selected", "data-language", "data-presenter", "open"],
  });
})();
