// Links that hold the state of a tab (apps/shared/links.py): written here, read on the server.
window.rnnLinks = (() => {
  const OTHERS = ["__", "utm_", "fbclid", "gclid"];
  const LANGUAGES = ["en", "ko", "both"];
  const PATIENCE = 10_000; // milliseconds until a tab that was opened has its button

  // What the page was opened with, or the link that was pressed on it.
  let link = location.search, whole = false;

  const asks = (query) => [...new URLSearchParams(query).keys()].some((name) => !OTHERS.some((one) => name.startsWith(one)));

  const when = (id, then, since = performance.now()) => {
    const found = document.getElementById(id);
    if (found && !found.disabled) then(found);
    else if (performance.now() - since < PATIENCE) requestAnimationFrame(() => when(id, then, since));
  };

  const follow = (query, all) => {
    [link, whole] = [query, all];
    when("link-follow", (button) => button.click());
  };

  const entry = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined);

  // What the link asks for, the settings of its observation too.
  const everything = (known) => {
    const asked = Object.fromEntries(new URLSearchParams(link));
    return { ...entry(known.observations, asked.observation), ...asked };
  };

  const press = (id) => when(id, (button) => setTimeout(() => button.click(), 200)); // the page has drawn what was set

  // The clipboard is there for secure addresses only; a class may be served without https.
  const intoClipboard = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const box = Object.assign(document.createElement("textarea"), { value: text });
      box.style.cssText = "position:fixed;opacity:0";
      document.body.append(box);
      box.select();
      const done = document.execCommand("copy");
      box.remove();
      return done;
    }
  };

  document.addEventListener("click", (event) => {
    event.target.closest("#link-note .rnn-close")?.closest(".rnn-hints").remove();
  });

  const say = (id, texts, address) => {
    const button = document.getElementById(id);
    if (!button) return;
    button.parentElement.querySelector(`[data-of="${id}"]`)?.remove();
    const line = document.createElement("output");
    line.className = "rnn-link-said";
    line.dataset.of = id;
    for (const [english, korean] of texts) line.append(rnnBoth(english, korean), " ");
    if (address) {
      const box = Object.assign(document.createElement("input"), { value: address, readOnly: true });
      box.setAttribute("aria-label", "Link · 링크");
      line.append(box);
    }
    button.after(line);
    if (!address) setTimeout(() => line.remove(), 6000);
  };

  return {
    // The language that the address asks for; a visitor who has chosen none yet goes on with it.
    language: () => {
      const asked = new URLSearchParams(location.search).get("lang");
      if (!LANGUAGES.includes(asked)) return null;
      try {
        if (localStorage.getItem("rnn-language") === null) localStorage.setItem("rnn-language", asked);
      } catch {} // a browser that keeps nothing
      return asked;
    },

    // `moved`: tabs and observations that are on other pages now; links to them lead there, where the page is served.
    arrive: (moved) => {
      const asked = new URLSearchParams(location.search);
      const page = entry(moved, asked.get("tab")) ?? entry(moved, asked.get("observation"));
      if (page && window.gradio_config?.pages?.some(([name]) => name === page)) {
        asked.delete("tab"); // it is the first one there
        location.replace(location.pathname.replace(/[^/]*$/, page) + (asked.size ? `?${asked}` : ""));
        return;
      }
      if (asks(location.search)) follow(location.search, false);
    },

    // A link that was pressed on the page: all settings of its tab that it does not name are set as they were at first.
    press: (query) => follow(query, true),

    asked: () => [link.slice(0, 10_000), whole],

    followed: (known) => {
      const asked = everything(known);
      const run = asked.run === "1";
      if (entry(known.observations, asked.observation)) rnnObservations.show(asked.observation, run);
      if (!run) return;
      const tab = asked.tab ?? Object.keys(known.starts)[0];
      if (!entry(known.starts, tab)) return;
      press(known.starts[tab]);
      const second = entry(known.seconds, tab);
      if (!second?.names.every((name) => name in asked)) return;
      const followed = link;
      const waiting = setInterval(() => {
        if (link === followed && !document.querySelector(second.shows)) return;
        clearInterval(waiting);
        if (link === followed) when("link-second", (button) => button.click());
      }, 500);
    },

    followedSecond: (known) => press(known.seconds[everything(known).tab].start),

    copy: async ({ tab, button, limit, apart, names, words, needed }, values) => {
      const parts = tab ? [["tab", tab]] : [];
      const missing = apart.length ? [apart] : [];
      names.forEach((name, n) => {
        const empty = values[n] === null || values[n] === undefined;
        if (needed[n].length && (empty || values[n] === "")) missing.push(needed[n]);
        else if (!empty) parts.push([name, words[n][String(values[n])] ?? String(values[n])]);
      });
      if (rnnLanguage() !== "both") parts.push(["lang", rnnLanguage()]);
      const encoded = (text) => encodeURIComponent(text).replace(/%20/g, "+").replace(/%2F/g, "/").replace(/%3A/g, ":");
      const query = parts.map((part) => part.map(encoded).join("=")).join("&");
      if (query.length > limit) {
        say(button, [["The text is too long for a link.", "글이 길어 링크에 담을 수 없습니다."]]);
        return;
      }
      const address = `${location.origin}${location.pathname}?${query}`;
      const done = await intoClipboard(address);
      const said = done ? ["Copied.", "복사했습니다."] : ["Copy this:", "이 주소를 복사하세요:"];
      say(button, [said, ...missing], done ? "" : address);
    },
  };
})();
