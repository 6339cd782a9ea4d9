// A text whose pieces have numbers: the piece that is pointed at, tapped or stepped to says its own.
//
// The value is HTML that Python made, all text escaped: sections .rnn-cell-track with spans data-v.

const TEXTS = ".rnn-cell-text";

function piecesOf(text) {
  return [...text.querySelectorAll("span[data-v]")];
}

function tell(piece) {
  const text = piece.closest(TEXTS);
  const section = piece.closest("section");
  text.querySelectorAll(".rnn-at-piece").forEach((one) => one.classList.remove("rnn-at-piece"));
  piece.classList.add("rnn-at-piece");
  const place = piecesOf(text).indexOf(piece) + 1;
  section.querySelector(".rnn-cell-told").textContent = `#${place}  “${piece.textContent.trim() || "␣"}”  ${piece.dataset.v}`;
}

element.addEventListener("pointerover", (event) => {
  const piece = event.target.closest?.(`${TEXTS} span[data-v]`);
  if (piece) tell(piece);
});

element.addEventListener("click", (event) => {
  const piece = event.target.closest?.(`${TEXTS} span[data-v]`);
  if (piece) tell(piece);
  const row = event.target.closest?.("button[data-n]");
  if (row) trigger("click", { n: Number(row.dataset.n) });
});

element.addEventListener("keydown", (event) => {
  const text = event.target.closest?.(TEXTS);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!text || !step) return;
  const pieces = piecesOf(text);
  const now = pieces.findIndex((piece) => piece.classList.contains("rnn-at-piece"));
  const next = pieces[Math.max(0, Math.min(pieces.length - 1, now + step))];
  if (next) {
    tell(next);
    next.scrollIntoView({ block: "nearest" });
    event.preventDefault();
  }
});
