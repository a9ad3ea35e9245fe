/** A button that copies what stands in data-copy, where the browser can; it says so when it has. */
export function startCopying(root) {
  if (!navigator.clipboard) return;
  for (const box of root.querySelectorAll("[data-copy]")) {
    const button = box.querySelector("button");
    const words = button.querySelector("[data-copied]");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.dataset.copy);
      words.textContent = words.dataset.copied;
      words.setAttribute("role", "status");
    });
    box.hidden = false;
  }
}
