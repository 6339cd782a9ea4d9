// Errors stand beside the field that is wrong, or else beside the button that was pressed, until the next action.
//
// Gradio shows an error as a toast. One that says where it belongs (apps/shared/run.py writes <i class="rnn-at"
// title="BUTTON FIELD"> into it) is taken from there at once. The others stay toasts, for some seconds.
window.rnnErrors = (() => {
  const SECONDS = 10;
  const PRESSED = "button, a, summary, [role=tab], [role=option], input[type=checkbox], input[type=radio]";
  let failed = { start: "", at: 0 }; // the run that failed last

  const clear = () => {
    for (const note of document.querySelectorAll(".rnn-error, .rnn-notice")) note.remove();
    for (const field of document.querySelectorAll("[data-rnn-invalid]")) {
      delete field.dataset.rnnInvalid;
      field.removeAttribute("aria-invalid");
    }
  };

  // The message in its two languages: "English<br>한국어".
  const message = (told) => {
    const copy = told.cloneNode(true);
    copy.querySelector(".rnn-at")?.remove();
    const parts = [document.createElement("div"), document.createElement("div")];
    const marked = copy.querySelectorAll("[lang]");
    if (marked.length) return [...marked];
    parts[0].lang = "en";
    parts[1].lang = "ko";
    const line = copy.querySelector("br");
    while (copy.firstChild && copy.firstChild !== line) parts[0].append(copy.firstChild);
    line?.remove();
    while (copy.firstChild) parts[1].append(copy.firstChild);
    if (!parts[1].textContent) {
      parts.pop();
      parts[0].removeAttribute("lang");
    }
    return parts;
  };

  const seen = (id) => {
    const found = id && document.getElementById(id);
    return found && found.checkVisibility() ? found : null;
  };

  // Beside a button means under the row of buttons.
  const anchor = (button) => (button && button.parentElement.matches(".row") ? button.parentElement : button);

  const note = (kind, beside, parts) => {
    const made = document.createElement("div");
    made.className = kind;
    made.setAttribute("role", kind === "rnn-error" ? "alert" : "status");
    made.append(...parts);
    beside.after(made);
    made.scrollIntoView({ block: "nearest" });
  };

  const place = (told) => {
    const [start, field] = (told.querySelector(".rnn-at")?.title ?? window.rnnRun?.culprit() ?? "").split(" ");
    const wrong = seen(field);
    const beside = wrong ?? anchor(seen(start));
    if (!beside) return false;
    clear();
    note("rnn-error", beside, message(told));
    for (const input of wrong?.querySelectorAll("textarea, input") ?? []) {
      input.dataset.rnnInvalid = "";
      input.setAttribute("aria-invalid", "true");
    }
    return true;
  };

  const take = (toast) => {
    const told = toast.querySelector(".toast-body.error .toast-message-text");
    if (!told || toast.dataset.rnnSeen) return;
    toast.dataset.rnnSeen = "1";
    const close = () => toast.querySelector(".toast-close")?.click();
    if (place(told)) {
      toast.style.display = "none";
      close();
    } else if (!told.textContent.includes("Connection")) setTimeout(close, SECONDS * 1000);
  };

  const begin = () => {
    new MutationObserver((changes) => {
      for (const change of changes) {
        for (const added of change.addedNodes) {
          if (added.nodeType !== Node.ELEMENT_NODE) continue;
          const toast = added.closest(".toast-item") ?? added.querySelector(".toast-item");
          if (toast) take(toast);
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
    document.addEventListener("input", clear, true);
    document.addEventListener("click", (event) => {
      if (event.target.closest(PRESSED) && !event.target.closest(".toast-wrap")) clear();
    }, true);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
  return { clear, note: (kind, button, parts) => note(kind, anchor(button), parts), seen };
})();
