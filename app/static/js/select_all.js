/** "Choose all plain ones": ticks the boxes named in data-select-all that carry data-plain, and counts what is ticked. */
export function startSelectAll(root) {
  for (const bar of root.querySelectorAll("[data-select-all]")) {
    const boxes = () => [...root.querySelectorAll(`input[type=checkbox][name="${CSS.escape(bar.dataset.selectAll)}"]`)];
    const words = bar.querySelector("[data-words]");
    const count = () => {
      words.textContent = words.dataset.words.replace("{count}", boxes().filter((box) => box.checked).length);
    };
    bar.querySelector("button").addEventListener("click", () => {
      const plain = boxes().filter((box) => "plain" in box.dataset);
      const tick = plain.some((box) => !box.checked);
      for (const box of plain) box.checked = tick;
      count();
    });
    root.addEventListener("change", (event) => {
      if (event.target.name === bar.dataset.selectAll) count();
    });
    bar.hidden = false;
  }
}
