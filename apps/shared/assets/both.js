// The twin of `both` in Python: an element with two words in both languages.
window.rnnBoth = (english, korean) => {
  const made = document.createElement("span");
  made.className = "rnn-both";
  for (const [tag, language, text] of [["span", "en", english], ["i", "", " · "], ["span", "ko", korean]]) {
    const part = document.createElement(tag);
    if (language) part.lang = language;
    part.textContent = text;
    made.append(part);
  }
  return made;
};
