/** "Another time" adds a row of the same day in place; without this the button asks the server for it. */
export function startWeekGrids(root) {
  for (const grid of root.querySelectorAll("[data-week-grid]")) {
    grid.addEventListener("click", (event) => {
      const button = event.target.closest("[data-add-time]");
      const rows = button?.closest(".day").querySelectorAll("[data-time-row]");
      if (!rows?.length) return;
      event.preventDefault();
      addRow(grid, rows[rows.length - 1]);
    });
  }
}

function addRow(grid, last) {
  const prefix = `${grid.dataset.weekGrid}-`;
  const indices = [...grid.querySelectorAll("[name]")]
    .filter((control) => control.name.startsWith(prefix))
    .map((control) => Number.parseInt(control.name.slice(prefix.length), 10));
  const next = Math.max(...indices) + 1;
  const row = last.cloneNode(true);
  row.classList.remove("field--error");
  row.querySelector(".error")?.remove();
  for (const element of row.querySelectorAll("*")) {
    for (const attribute of ["id", "name", "for"]) {
      const value = element.getAttribute(attribute);
      if (value?.startsWith(prefix)) {
        element.setAttribute(attribute, value.slice(prefix.length).replace(/^\d+/, prefix + next));
      }
    }
    element.removeAttribute("aria-invalid");
    element.removeAttribute("aria-describedby");
    if (element.matches("select")) element.value = "";
  }
  last.after(row);
  row.querySelector("select").focus();
}
