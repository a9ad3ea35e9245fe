/** Brings the list of errors to the reader's attention, once, when the page opens. */
export function focusErrorSummary(root) {
  const summary = root.querySelector("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && root.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    const details = target.closest("details");
    if (details) details.open = true;
    const control = target.matches("input, select, textarea") ? target : target.querySelector("input:not([type=hidden]), select, textarea");
    const words = target.closest(".field, .day")?.querySelector("label, legend, .day-name") ?? target;
    words.scrollIntoView();
    control?.focus({ preventScroll: true });
  });
}
