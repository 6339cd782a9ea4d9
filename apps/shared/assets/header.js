// The header of every page: a skip link, the other pages, and a place for the switches (`.rnn-tools`).
//
// Where the pages' names do not fit into one line, they stand in a menu behind a button, and so do the switches on a
// phone. What pages there are is in Gradio's own configuration. Gradio's navigation bar, which breaks into rows, is off.
(() => {
  const make = (tag, kind, ...parts) => {
    const made = document.createElement(tag);
    made.className = kind;
    made.append(...parts);
    return made;
  };
  const named = (text) => {
    const known = window.rnnTexts.labels[text];
    return known ? rnnBoth(...known) : text;
  };
  const unseen = (...parts) => make("span", "rnn-unseen", ...parts); // for screen readers

  const skipLink = () => {
    const link = make("a", "rnn-skip", rnnBoth("Skip to content", "본문으로 건너뛰기"));
    link.href = "#content";
    link.addEventListener("click", (event) => {
      event.preventDefault(); // the page has a <base>: the link would leave it
      const content = document.querySelector(".gradio-container main");
      if (!content) return;
      content.tabIndex = -1;
      content.focus();
    });
    return link;
  };

  const navigation = (pages, current) => {
    const links = pages.map(([path, title]) => {
      const link = make("a", "", path ? named(title) : rnnBoth("Start", "홈"));
      link.href = `./${path}`;
      if (path === current) link.setAttribute("aria-current", "page");
      return link;
    });
    const made = make("nav", "rnn-pages", unseen(rnnBoth("Pages", "페이지")), ...links);
    made.firstChild.id = "rnn-pages-name";
    made.setAttribute("aria-labelledby", "rnn-pages-name");
    return made;
  };

  const menuButton = (header) => {
    const button = make("button", "rnn-menu-button", unseen(rnnBoth("Menu", "메뉴")));
    button.type = "button";
    button.setAttribute("aria-controls", "rnn-menu");
    const open = (wanted) => {
      header.classList.toggle("rnn-open", wanted);
      button.setAttribute("aria-expanded", String(wanted));
    };
    open(false);
    button.addEventListener("click", () => open(!header.classList.contains("rnn-open")));
    document.addEventListener("click", (event) => header.contains(event.target) || open(false));
    header.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !header.classList.contains("rnn-open")) return;
      open(false);
      button.focus();
    });
    header.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !header.contains(event.relatedTarget)) open(false);
    });
    return button;
  };

  // One line if everything fits, else the menu; measured, since names are longer in two languages than in one.
  const arrange = (header) => {
    const menu = header.querySelector("#rnn-menu");
    header.classList.remove("rnn-compact");
    header.classList.toggle("rnn-compact", menu.scrollWidth > menu.clientWidth + 1);
  };

  const begin = () => {
    const { pages = [], current_page: current = "", title = "" } = window.gradio_config ?? {};
    const served = pages.filter(([, , shown]) => shown);
    const single = served.length < 2;
    const header = make("header", single ? "rnn-single" : "");
    header.id = "rnn-header";
    const menu = make("div", "", ...(single ? [] : [navigation(served, current)]), make("div", "rnn-tools"));
    menu.id = "rnn-menu";
    header.append(skipLink(), menuButton(header));
    const own = served.find(([path]) => path === current);
    // the start page has a heading of its own
    header.append(make(single || current ? "h1" : "span", "rnn-title", named(current ? own?.[1] ?? title : title)));
    header.append(menu);
    document.body.prepend(header);
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (entry.contentRect.width === width) return; // the line and the menu are of one width: no going round
      width = entry.contentRect.width;
      arrange(header);
    }).observe(header);
    new MutationObserver(() => arrange(header)).observe(document.documentElement, {
      attributeFilter: ["data-language", "data-presenter"],
    });
    document.fonts?.ready.then(() => arrange(header));
    new MutationObserver(() => arrange(header)).observe(document.head, { childList: true }); // the style comes later
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
