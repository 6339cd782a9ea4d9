// Every figure can be kept: `data-figure="name"` marks one, and under it stand two buttons, PNG and SVG. The picture holds
// the figure with its numbers, its caption, and from which page and model it is. Nothing leaves the browser.
(() => {
  const SCALE = 2; // pixels of the PNG for one of the page
  const MARGIN = 20;
  const LEAST = 420; // a caption needs some width
  const { escaped, colourOf } = window.rnnFigureText;

  const visible = (element) => element?.checkVisibility() ?? false;

  const pageName = () => window.gradio_config?.current_page || location.pathname.split("/").pop() || "page";

  // The model that is chosen in the figure's tab.
  const modelOf = (figure) => {
    const told = figure.closest("[data-model]")?.dataset.model;
    const tab = figure.closest('[role="tabpanel"]') ?? document;
    const menu = [...tab.querySelectorAll('[id$="-model"] input')].find(visible);
    return told ?? menu?.value ?? "";
  };

  // The heading and the sentences that stand before a figure, as they are shown.
  const captionOf = (figure) => {
    const found = [];
    for (let before = figure.previousElementSibling; before && found.length < 3; before = before.previousElementSibling) {
      if (before.matches("[data-figure], .rnn-save")) break;
      if (visible(before) && before.matches("h3, h4, .rnn-caption, .rnn-story, .rnn-meaning")) found.unshift(before.innerText);
      if (before.matches("h3, h4")) break;
    }
    return found.flatMap((text) => text.split("\n")).map((text) => text.trim()).filter(Boolean);
  };

  const pen = document.createElement("canvas").getContext("2d");
  const wrapped = (text, width, font) => {
    pen.font = font;
    const lines = [""];
    for (const word of text.split(/(?<=\s)/)) {
      if (lines.at(-1) && pen.measureText(lines.at(-1) + word.trimEnd()).width > width) lines.push("");
      lines[lines.length - 1] += word;
    }
    return lines.map((line) => line.trim());
  };

  const svgOf = (figure) => {
    const { width: own, height, content } = window.rnnFigureSvg(figure);
    const width = Math.max(own, LEAST);
    const style = getComputedStyle(document.body);
    const family = getComputedStyle(figure).fontFamily;
    const ink = colourOf(getComputedStyle(figure).color).hex;
    const paper = colourOf(style.getPropertyValue("--background-fill-primary") || style.backgroundColor);
    let y = MARGIN;
    const written = [];
    const write = (text, size, weight) => {
      for (const line of wrapped(text, width, `${weight} ${size}px ${family}`)) {
        y += size * 1.4;
        const at = `x="${MARGIN}" y="${Math.round(y - size * 0.3)}"`;
        written.push(`<text ${at} font-size="${size}" font-weight="${weight}">${escaped(line)}</text>`);
      }
    };
    captionOf(figure).forEach((text, place) => write(text, place ? 13 : 15, place ? 400 : 600));
    const top = (y += written.length ? 8 : 0);
    y += height + 6;
    const heading = document.querySelector("h1")?.innerText;
    const source = [document.title, heading, modelOf(figure)].filter((text, place, all) => text && all.indexOf(text) === place);
    write(source.join(", "), 11, 400);
    const [all, tall] = [width + 2 * MARGIN, Math.ceil(y + MARGIN)];
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" width="${all}" height="${tall}" viewBox="0 0 ${all} ${tall}">` +
      `<rect width="100%" height="100%" fill="${paper.alpha ? paper.hex : "#ffffff"}"/>` +
      `<g fill="${ink}" font-family="${escaped(family)}">${written.join("")}</g>` +
      `<g transform="translate(${MARGIN} ${Math.round(top)})">${content}</g></svg>`;
    return { svg, width: all, height: tall };
  };

  const pngOf = async ({ svg, width, height }) => {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    const scale = Math.min(SCALE, 8000 / Math.max(width, height)); // what browsers can draw
    [canvas.width, canvas.height] = [width * scale, height * scale];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  };

  const give = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const save = async (figure, kind) => {
    const parts = [pageName(), figure.dataset.figure, modelOf(figure).split("/").pop()];
    const name = parts.filter(Boolean).join("-").replace(/[^A-Za-z0-9_]+/g, "-").replace(/^-|-$/g, "");
    const made = svgOf(figure);
    give(kind === "svg" ? new Blob([made.svg], { type: "image/svg+xml" }) : await pngOf(made), `${name}.${kind}`);
  };

  const buttonsFor = (figure) => {
    const made = document.createElement("div");
    made.className = "rnn-save";
    made.setAttribute("role", "group");
    const name = document.createElement("span");
    name.append(rnnBoth("Save", "저장"));
    made.append(name);
    for (const kind of ["png", "svg"]) {
      const button = document.createElement("button");
      button.type = "button";
      const unseen = document.createElement("span");
      unseen.className = "rnn-unseen";
      unseen.append(rnnBoth("Save this figure as", "그림 저장"));
      button.append(unseen, ` ${kind.toUpperCase()}`);
      button.addEventListener("click", () => save(figure, kind));
      made.append(button);
    }
    return made;
  };

  let waiting = false;
  const look = () => {
    waiting = false;
    for (const figure of document.querySelectorAll("[data-figure]")) {
      if (!figure.nextElementSibling?.matches(".rnn-save")) figure.after(buttonsFor(figure));
    }
  };
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(look, 100);
  }).observe(document.body, { subtree: true, childList: true });
  look();
})();
