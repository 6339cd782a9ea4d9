// Characters that can be pointed at, each with its probability and its likeliest rivals.
//
// props.value is text, one JSON array a line: first {"prompt": ...}, then for each symbol
// [symbol, nats, rival, probability, rival, probability, ...], or for each character
// {"text": character, "symbols": [such arrays]}. While a model writes, lines are only added, so only the
// new ones are read. Text reaches the page through textContent and is never markup.

const box = element.querySelector(".rnn-text");
const promptBox = element.querySelector(".rnn-prompt");
const written = element.querySelector(".rnn-written");
const inspector = element.querySelector(".rnn-inspector");
const HINT = [...inspector.childNodes];

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
const GLYPHS = { " ": "⎵", "\n": "↵", "\t": "⇥", "\r": "␍", "\u007f": "␡", "\u00a0": "⍽" };

let consumed = "";
let characters = []; // {text, symbols: [{text, nats, rivals}], node}
let pinned = -1;
let hovered = -1;
let resting = -1; // inspected when nothing is pointed at: the newest, or in a given text the most surprising

// A symbol as something one can see: spaces and controls as signs, conjoining jamo as letters.
function visible(symbol) {
  if (GLYPHS[symbol]) return GLYPHS[symbol];
  const code = symbol.codePointAt(0);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code >= 0x1100 && code < 0x1113) return INITIALS[code - 0x1100];
  if (code >= 0x1161 && code < 0x1176) return String.fromCodePoint(0x314f + code - 0x1161);
  if (code >= 0x11a8 && code < 0x11c3) return "↓" + FINALS[code - 0x11a8];
  if (/^\p{M}/u.test(symbol)) return "◌" + symbol;
  return symbol;
}

// What stands for a character in the text itself: controls would otherwise leave nothing to see.
function shown(text) {
  return /^[\u0000-\u0008\u000b-\u001f\u007f]$/.test(text) ? visible(text) : text;
}

function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

function percent(probability) {
  const value = 100 * probability;
  return (value >= 9.95 ? value.toFixed(0) : value >= 0.095 ? value.toFixed(1) : value > 0 ? "<0.1" : "0") + " %";
}

function quantity(nats) {
  return percent(Math.exp(-nats)) + " · " + nats.toFixed(2) + " nats";
}

function total(character) {
  return character.symbols.reduce((sum, symbol) => sum + symbol.nats, 0);
}

function paint(character) {
  const node = character.node;
  const heat = Math.min(total(character) / 8, 1);
  node.textContent = shown(character.text);
  node.className = character.text === "\n" ? "rnn-newline" : "";
  if (heat > 0.03) node.style.setProperty("--heat", heat.toFixed(2));
}

function symbolOf([text, nats, ...flat]) {
  const rivals = [];
  for (let i = 0; i < flat.length; i += 2) rivals.push([flat[i], flat[i + 1]]);
  return { text, nats, rivals };
}

function append(text, symbols) {
  const character = { text, symbols, node: make("span") };
  character.node.dataset.i = characters.length;
  characters.push(character);
  paint(character);
  written.append(character.node);
  return characters.length - 1;
}

function add(symbol) {
  const last = characters[characters.length - 1];
  const joined = last ? (last.text + symbol.text).normalize("NFC") : "";
  if ([...joined].length === 1) { // 하 and ㄴ make 한
    last.text = joined;
    last.symbols.push(symbol);
    paint(last);
  } else resting = append(symbol.text, [symbol]);
}

function addGiven(text, symbols) {
  const index = append(text, symbols);
  if (resting < 0 || total(characters[index]) > total(characters[resting])) resting = index;
}

function bars(symbol) {
  const list = make("div", "rnn-bars");
  const rows = symbol.rivals.map(([text, probability]) => [text, probability, text === symbol.text]);
  if (rows.length && !rows.some((row) => row[2])) rows.push([symbol.text, Math.exp(-symbol.nats), true]);
  for (const [text, probability, chosen] of rows) {
    const row = make("div", chosen ? "rnn-bar rnn-chosen" : "rnn-bar");
    const track = make("span", "rnn-track");
    const fill = make("i");
    fill.style.width = (100 * probability).toFixed(1) + "%";
    track.append(fill);
    row.append(make("b", "", visible(text)), track, make("span", "rnn-percent", percent(probability)));
    list.append(row);
  }
  return list;
}

function inspect() {
  const index = hovered >= 0 ? hovered : pinned >= 0 ? pinned : resting;
  written.querySelector(".rnn-on")?.classList.remove("rnn-on");
  const character = characters[index];
  if (!character) {
    const hint = make("p", "rnn-hint");
    hint.append(...HINT.map((node) => node.cloneNode(true)));
    inspector.replaceChildren(hint);
    return;
  }
  if (hovered >= 0 || pinned >= 0) character.node.classList.add("rnn-on");
  const head = make("div", "rnn-inspected");
  head.append(make("b", "", visible(character.text)), make("span", "", quantity(total(character))));
  const read = character.symbols.map((symbol) => symbol.text).join("").normalize("NFC");
  if (read !== character.text) {
    const instead = make("span");
    instead.append(rnnBoth("read as", "대신 읽은 글자"), " ", read);
    head.append(instead);
  }
  head.append(make("span", "rnn-place", `${index + 1} / ${characters.length}`));
  const parts = make("div", "rnn-parts");
  for (const symbol of character.symbols) parts.append(bars(symbol));
  inspector.replaceChildren(head, parts);
}

function update() {
  const value = props.value || "";
  const follows = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  if (value.length < consumed.length || !value.startsWith(consumed)) {
    consumed = "";
    characters = [];
    pinned = hovered = resting = -1;
    promptBox.textContent = "";
    written.replaceChildren();
  }
  const edge = value.lastIndexOf("\n") + 1;
  for (const line of value.slice(consumed.length, edge).split("\n")) {
    if (!line) continue;
    const record = JSON.parse(line);
    if (Array.isArray(record)) add(symbolOf(record));
    else if (record.symbols) addGiven(record.text, record.symbols.map(symbolOf));
    else promptBox.textContent = [...record.prompt].map(shown).join("");
  }
  consumed = value.slice(0, edge);
  inspector.setAttribute("aria-live", "off");
  box.dataset.count = characters.length;
  if (follows) box.scrollTop = box.scrollHeight;
  inspect();
}

function indexOf(event) {
  const node = event.target.closest?.("[data-i]");
  return node ? Number(node.dataset.i) : -1;
}

// A finger's tap also scrolls as mouseover: only a real mouse hovers.
written.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  hovered = indexOf(event);
  inspect();
});
written.addEventListener("pointerleave", () => {
  hovered = -1;
  inspect();
});
box.addEventListener("click", (event) => {
  const index = indexOf(event);
  pinned = index === pinned ? -1 : index;
  inspect();
});
box.addEventListener("keydown", (event) => {
  const last = characters.length - 1;
  const from = pinned >= 0 ? pinned : resting;
  const target = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: -1 }[event.key];
  if (target === undefined || last < 0) return;
  event.preventDefault();
  inspector.setAttribute("aria-live", "polite"); // read out what was stepped to, but not all that streams by
  hovered = -1;
  pinned = event.key === "Escape" ? -1 : Math.max(0, Math.min(last, target));
  inspect();
  characters[pinned]?.node.scrollIntoView({ block: "nearest" });
});

watch("value", update);
update();
