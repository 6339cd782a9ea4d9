/* Pointing at a chart (or touching it) shows in its legend the values at that place of the x axis. */
(() => {
  let shown = null; // {plot, legend: Map of <b> to its HTML, line}

  const written = (value) => {
    if (value === null || value === undefined) return "–";
    if (value === 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 10000)) return Number(value.toPrecision(3)).toString();
    const [digits, power] = value.toExponential(1).split("e");
    return `${digits}·10<sup>${Number(power)}</sup>`.replaceAll("-", "−");
  };

  const clear = () => {
    if (!shown) return;
    for (const [cell, html] of shown.legend) html === null ? cell.remove() : (cell.innerHTML = html);
    shown.line.remove();
    shown = null;
  };

  const cellOf = (item) => {
    const cell = item.querySelector("b");
    if (cell) return [cell, cell.innerHTML];
    return [item.appendChild(document.createElement("b")), null];
  };

  const begin = (plot, items) => {
    clear();
    const line = document.createElement("div");
    line.className = "rnn-pointed";
    plot.append(line);
    shown = { plot, line, legend: new Map(items.map(cellOf)) };
  };

  const point = (event) => {
    const plot = event.target.closest?.(".rnn-plot");
    const chart = plot?.closest(".rnn-chart[data-x]");
    if (!chart) return clear();
    if (shown?.plot !== plot || !shown.line.isConnected) begin(plot, [...chart.querySelectorAll("li[data-values]")]);
    const box = plot.querySelector("svg").getBoundingClientRect();
    const places = JSON.parse(chart.dataset.x);
    const part = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const place = Math.round(part * (places.length - 1));
    const left = box.left - plot.getBoundingClientRect().left + (box.width * place) / Math.max(1, places.length - 1);
    shown.line.style.left = `${left}px`;
    shown.line.dataset.x = places[place];
    shown.line.classList.toggle("rnn-left", part > 0.8);
    for (const cell of shown.legend.keys()) {
      cell.innerHTML = written(JSON.parse(cell.parentElement.dataset.values)[place]);
    }
  };

  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
})();
