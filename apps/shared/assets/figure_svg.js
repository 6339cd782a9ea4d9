// A part of the page as an SVG of plain shapes and texts, which any program can open: rnnFigureSvg(element).
//
// The browser has laid the part out; what it drew is written down: backgrounds, borders, texts, pictures, and the SVGs
// inside. Nothing is loaded, so the picture can be drawn on a canvas in every browser.
(() => {
  const SKIPPED = "script, style, input, select, textarea, .rnn-save, .rnn-player, .rnn-unseen";
  const KEPT = ["fill", "stroke", "visibility", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
    "vector-effect", "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline"];

  const escaped = (text) =>
    text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const n = (value) => Number(value.toFixed(2));

  // Colours as every program knows them: #rrggbb, and how dense they are.
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  const colourOf = (css) => {
    if (!colours.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = "#000";
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      const hex = `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
      colours.set(css, { hex, alpha: n(a / 255) });
    }
    return colours.get(css);
  };
  const paint = (name, css) => {
    const { hex, alpha } = colourOf(css);
    return `${name}="${hex}"${alpha < 1 ? ` ${name}-opacity="${alpha}"` : ""}`;
  };
  const seen = (css) => css && css !== "transparent" && colourOf(css).alpha > 0;

  const ascents = new Map(); // how far above the baseline a font reaches
  const ascentOf = (font) => {
    if (!ascents.has(font)) {
      pen.font = font;
      ascents.set(font, pen.measureText("x").fontBoundingBoxAscent);
    }
    return ascents.get(font);
  };

  class Writer {
    constructor(figure) {
      const { left, top, right, bottom } = figure.getBoundingClientRect();
      Object.assign(this, { left, top, right, bottom, parts: [], defs: [] });
    }

    reach({ right, bottom }) {
      this.right = Math.max(this.right, right);
      this.bottom = Math.max(this.bottom, bottom);
    }

    box({ left, top, width, height }, grow = 0) {
      const [x, y] = [n(left - this.left - grow), n(top - this.top - grow)];
      return `x="${x}" y="${y}" width="${n(Math.max(0, width + 2 * grow))}" height="${n(Math.max(0, height + 2 * grow))}"`;
    }

    element(node) {
      if (node.matches(SKIPPED) || node.hidden) return;
      const style = getComputedStyle(node);
      if (style.display === "none" || style.visibility === "hidden" || style.opacity === "0") return;
      if (node instanceof SVGSVGElement) return this.svg(node);
      const turned = style.transform !== "none" ? this.turned(node, style) : null;
      if (style.opacity !== "1") this.parts.push(`<g opacity="${style.opacity}">`);
      if (style.display !== "contents") this.decoration(node, style);
      this.before(node);
      if (node.tagName === "CANVAS") this.picture(node.getBoundingClientRect(), node.toDataURL(), style);
      else if (node.tagName === "IMG") this.picture(node.getBoundingClientRect(), inlined(node), style);
      else for (const child of node.childNodes) this.child(child, style);
      if (style.opacity !== "1") this.parts.push("</g>");
      turned?.();
    }

    child(child, style) {
      if (child.nodeType === Node.TEXT_NODE) this.text(child, style);
      else if (child.nodeType === Node.ELEMENT_NODE && child.checkVisibility()) this.element(child);
    }

    // What a style writes before an element's own text.
    before(node) {
      const style = getComputedStyle(node, "::before");
      if (!/^"[^"]+"/.test(style.content) || style.display === "none" || style.position === "absolute") return;
      const box = node.getClientRects()[0];
      if (!box) return;
      const [content] = style.content.match(/^"(?:[^"\\]|\\.)*"/);
      const x = n(box.left - this.left + parseFloat(style.paddingLeft));
      const y = n(box.top - this.top + ascentOf(`${style.fontWeight} ${style.fontSize} ${style.fontFamily}`));
      this.parts.push(
        `<text x="${x}" y="${y}" ${paint("fill", style.color)} font-size="${style.fontSize}" ` +
          `font-family="${escaped(style.fontFamily)}">${escaped(JSON.parse(content))}</text>`,
      );
    }

    // What is turned is laid out straight for a moment, and the picture turns it again.
    turned(node, style) {
      const [matrix, origin, own] = [style.transform, style.transformOrigin, node.style.transform];
      node.style.transform = "none";
      const box = node.getBoundingClientRect();
      const [x, y] = origin.split(" ").map(parseFloat);
      const [left, top] = [n(box.left - this.left + x), n(box.top - this.top + y)];
      this.parts.push(`<g transform="translate(${left} ${top}) ${matrix} translate(${-left} ${-top})">`);
      return () => {
        this.parts.push("</g>");
        node.style.transform = own;
        this.reach(node.getBoundingClientRect());
      };
    }

    decoration(node, style) {
      const box = node.getBoundingClientRect();
      if (!box.width || !box.height) return;
      const radius = parseFloat(style.borderTopLeftRadius) || 0;
      const round = style.borderTopLeftRadius.endsWith("%") ? (radius / 100) * box.width : radius;
      const rx = round ? ` rx="${n(Math.min(round, box.width / 2, box.height / 2))}"` : "";
      if (seen(style.backgroundColor)) {
        this.parts.push(`<rect ${this.box(box)}${rx} ${paint("fill", style.backgroundColor)}/>`);
        this.reach(box);
      }
      const image = style.backgroundImage;
      const address = image.match(/^url\("(data:[^"]+)"\)$/)?.[1];
      if (address) this.picture(box, address, style);
      else if (image.startsWith("linear-gradient")) this.gradient(box, image, rx);
      this.borders(box, style, rx);
    }

    borders(box, style, rx) {
      const sides = ["Top", "Right", "Bottom", "Left"].map((side) => ({
        width: style[`border${side}Style`] === "none" ? 0 : parseFloat(style[`border${side}Width`]),
        colour: style[`border${side}Color`],
      }));
      const [first] = sides;
      const stroke = (width, colour, inset) =>
        `<rect ${this.box(box, -inset)}${rx} fill="none" ${paint("stroke", colour)} stroke-width="${width}"/>`;
      if (sides.every(({ width, colour }) => width === first.width && colour === first.colour)) {
        if (first.width && seen(first.colour)) this.parts.push(stroke(first.width, first.colour, first.width / 2));
      } else {
        const [l, t] = [box.left - this.left, box.top - this.top];
        const [r, b] = [l + box.width, t + box.height];
        const lines = [[l, t, r, t], [r, t, r, b], [l, b, r, b], [l, t, l, b]];
        sides.forEach(({ width, colour }, place) => {
          if (!width || !seen(colour)) return;
          const [x1, y1, x2, y2] = lines[place].map(n);
          this.parts.push(`<path d="M${x1} ${y1}L${x2} ${y2}" ${paint("stroke", colour)} stroke-width="${width}"/>`);
        });
      }
      const outline = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
      if (outline && seen(style.outlineColor)) this.parts.push(stroke(outline, style.outlineColor, -outline / 2));
      const [, colour, spread] = style.boxShadow.match(/^(rgba?\([^)]*\)) 0px 0px 0px ([\d.]+)px inset/) ?? [];
      if (colour) this.parts.push(stroke(Number(spread), colour, spread / 2));
    }

    gradient(box, image, rx) {
      const stops = image.match(/(?:rgba?|color)\([^)]*\)|transparent|#[0-9a-f]+/gi) ?? [];
      if (stops.length < 2) return;
      const id = `gradient-${this.defs.length}`;
      const marks = stops.map((css, place) => {
        const { hex, alpha } = colourOf(css);
        // towards transparent a colour fades, and does not turn black
        const near = alpha ? hex : colourOf(stops[place ? place - 1 : 1]).hex;
        return `<stop offset="${n(place / (stops.length - 1))}" stop-color="${near}" stop-opacity="${alpha}"/>`;
      });
      this.defs.push(`<linearGradient id="${id}">${marks.join("")}</linearGradient>`);
      this.parts.push(`<rect ${this.box(box)}${rx} fill="url(#${id})"/>`);
    }

    picture(box, address, style) {
      if (!address) return;
      const sharp = style.imageRendering === "pixelated" ? ' style="image-rendering:pixelated"' : "";
      const fit = style.objectFit === "cover" ? "xMidYMid slice" : "none";
      this.parts.push(`<image ${this.box(box)} preserveAspectRatio="${fit}" href="${address}"${sharp}/>`);
      this.reach(box);
    }

    svg(node) {
      const box = node.getBoundingClientRect();
      const copy = node.cloneNode(true);
      const originals = [node, ...node.querySelectorAll("*")];
      [copy, ...copy.querySelectorAll("*")].forEach((part, place) => {
        const style = getComputedStyle(originals[place]);
        part.removeAttribute("class");
        part.removeAttribute("style");
        if (part === copy) return;
        for (const name of KEPT) {
          const value = style.getPropertyValue(name);
          if (!value) continue;
          if ((name === "fill" || name === "stroke") && value !== "none" && !value.startsWith("url")) {
            const { hex, alpha } = colourOf(value);
            part.setAttribute(name, hex);
            if (alpha < 1) part.setAttribute(`${name}-opacity`, alpha);
          } else part.setAttribute(name, value.replaceAll('"', "'"));
        }
      });
      for (const [name, value] of Object.entries({
        x: n(box.left - this.left), y: n(box.top - this.top), width: n(box.width), height: n(box.height),
      })) copy.setAttribute(name, value);
      copy.setAttribute("overflow", "visible");
      this.parts.push(new XMLSerializer().serializeToString(copy));
      this.reach(box);
    }

    text(node, style) {
      if (!node.data.trim() || !seen(style.color)) return;
      const font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      for (const [data, box] of linesOf(node)) {
        const text = style.whiteSpace.startsWith("pre") ? data : data.replace(/\s+/g, " ");
        if (!text.trim()) continue;
        const down = style.writingMode.startsWith("vertical");
        const [x, y] = [n(box.left - this.left), n(box.top - this.top + (down ? 0 : ascentOf(font)))];
        const place = down
          ? `transform="translate(${n(x + box.width - ascentOf(font))} ${y}) rotate(90)"`
          : `x="${x}" y="${y}"`;
        const length = n(down ? box.height : box.width);
        const under = style.textDecorationLine === "none" ? "" : ` text-decoration="${style.textDecorationLine}"`;
        const halo = style.textShadow === "none" ? "" : ' stroke="#000" stroke-width="2" paint-order="stroke"';
        this.parts.push(
          `<text ${place} textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" ` +
            `${paint("fill", style.color)} font-family="${escaped(style.fontFamily)}" font-size="${style.fontSize}" ` +
            `font-weight="${style.fontWeight}" font-style="${style.fontStyle}"${under}${halo}>${escaped(text)}</text>`,
        );
        this.reach(box);
      }
    }
  }

  // The lines of a text node, each with its box; white space that is not drawn is left out.
  function linesOf(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width);
    if (boxes.length < 2) return boxes.length ? [[node.data.replace(/^\s*\n\s*|\s*\n\s*$/g, ""), boxes[0]]] : [];
    const lines = [];
    let at = 0;
    for (const sign of node.data) {
      range.setStart(node, at);
      range.setEnd(node, (at += sign.length));
      const box = range.getBoundingClientRect();
      if (!box.width) continue;
      const last = lines.at(-1);
      if (last && Math.abs(last[1].top - box.top) < box.height / 2 && box.left >= last[1].left) {
        last[0] += sign;
        last[1] = new DOMRect(last[1].left, last[1].top, box.right - last[1].left, last[1].height);
      } else lines.push([sign, box]);
    }
    return lines;
  }

  // What scrolls is shown as a whole for a moment; [element, its own style] for each.
  function unfolded(figure) {
    const scrolling = [figure, ...figure.querySelectorAll("*")].filter(
      (node) => /auto|scroll/.test(getComputedStyle(node).overflow) &&
        (node.scrollHeight > node.clientHeight + 1 || node.scrollWidth > node.clientWidth + 1),
    );
    const folded = scrolling.map((node) => [node, node.getAttribute("style") ?? ""]);
    for (const node of scrolling) Object.assign(node.style, { height: "auto", maxHeight: "none", overflow: "visible" });
    return folded;
  }

  function inlined(image) {
    if (image.src.startsWith("data:")) return image.src;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0); // of this page's own address
    return canvas.toDataURL("image/jpeg", 0.9);
  }

  // {width, height, content}: what stands inside of an <svg> of that size.
  window.rnnFigureSvg = (figure) => {
    const folded = unfolded(figure);
    const writer = new Writer(figure);
    try {
      writer.element(figure);
    } finally {
      for (const [node, style] of folded) node.setAttribute("style", style);
    }
    return {
      width: Math.ceil(writer.right - writer.left),
      height: Math.ceil(writer.bottom - writer.top),
      content: `<defs>${writer.defs.join("")}</defs>${writer.parts.join("")}`,
    };
  };
  window.rnnFigureText = { escaped, colourOf, ascentOf };
})();
