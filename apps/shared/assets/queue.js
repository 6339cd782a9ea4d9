// Where a visitor stands in the queue, and how long it takes until the result is there, in both languages.
//
// Gradio's server tells it to the page ("estimation"), and Gradio's own display is English and hidden where results are
// written as they come. So the stream of answers is read here on its way to Gradio, which gets it unchanged.
(() => {
  const SHOWN_AFTER = 700; // milliseconds; most runs begin at once
  const waiting = new Map(); // by the id of an event: place, count, and when it will be done
  let pressed = null; // the start button that was pressed last

  const texts = ({ place, count, done }) => {
    const seconds = done === null ? null : Math.max(1, Math.ceil((done - performance.now()) / 1000));
    const time = seconds === null
      ? ["there is no estimate yet", "예상 시간은 아직 알 수 없습니다"]
      : [`about ${seconds} s until the result`, `결과까지 약 ${seconds}초`];
    return [`Place ${place} of ${count} in the queue, ${time[0]}`, `대기 ${count}명 중 ${place}번째, ${time[1]}`];
  };

  const show = () => {
    const now = performance.now();
    const one = [...waiting.values()].find((event) => now - event.since > SHOWN_AFTER);
    let line = document.getElementById("rnn-queue");
    if (!one) return line?.remove();
    if (!line) {
      line = Object.assign(document.createElement("div"), { id: "rnn-queue" });
      line.setAttribute("role", "status");
      const { top, bottom } = pressed?.getBoundingClientRect() ?? {};
      const button = pressed?.checkVisibility() && top >= 0 && bottom < innerHeight - 40 ? pressed : null;
      line.classList.toggle("rnn-floating", !button);
      if (button) (button.parentElement.matches(".row") ? button.parentElement : button).after(line);
      else document.body.append(line);
    }
    const said = texts(one);
    if (line.dataset.said === said[0]) return;
    line.dataset.said = said[0];
    line.replaceChildren(...["en", "ko"].map((lang, n) => Object.assign(document.createElement("span"), { lang, textContent: said[n] })));
  };
  setInterval(() => (waiting.size || document.getElementById("rnn-queue")) && show(), 500);

  const note = (message) => {
    const { msg, event_id: id } = message;
    if (msg === "heartbeat" || !id) return;
    if (msg !== "estimation") {
      if (waiting.delete(id)) show(); // it has begun, or ended
      return;
    }
    const since = waiting.get(id)?.since ?? performance.now();
    const done = message.rank_eta === null ? null : performance.now() + 1000 * message.rank_eta;
    waiting.set(id, { place: message.rank + 1, count: message.queue_size, done, since });
    show();
  };

  // Hands a stream on as it is, and every line that is about the queue to `note`.
  const reading = () => {
    const decoder = new TextDecoder();
    let rest = "";
    const lines = (text) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop();
      for (const line of parts) {
        if (!waiting.size && !line.includes('"estimation"')) continue;
        try {
          if (line.startsWith("data:")) note(JSON.parse(line.slice(5)));
        } catch {} // no message
      }
    };
    return new TransformStream({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        lines(decoder.decode(chunk, { stream: true }));
      },
      flush() {
        waiting.clear();
        show();
      },
    });
  };

  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const response = await fetched(...asked);
    const address = String(asked[0]?.url ?? asked[0]);
    if (!/\/queue\/data(\?|$)/.test(address) || !response.body) return response;
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(reading()), { status, statusText, headers });
  };

  document.addEventListener("click", (event) => {
    pressed = event.target.closest?.('button[id$="-start"]') ?? pressed;
  }, true);
})();
