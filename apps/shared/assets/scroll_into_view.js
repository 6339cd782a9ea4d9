// An answer that comes where nobody looks is brought into view; one that is in view stays where it is.
watch("value", () => {
  const { top } = element.getBoundingClientRect();
  if (!element.textContent.trim() || (top >= 0 && top < innerHeight * 0.6)) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollBy({ top: top - 12, behavior: still ? "auto" : "smooth" });
});
