/** Choosing "only the places I choose" opens the list of places: data-opened-by names the choice, "name=value". */
export function startOpenedBy(root) {
  for (const box of root.querySelectorAll("[data-opened-by]")) {
    const [name, value] = box.dataset.openedBy.split("=");
    root.addEventListener("change", ({ target }) => {
      if (target.name === name && target.value === value) box.querySelector("details").open = true;
    });
  }
}
