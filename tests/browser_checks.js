/* What a page shows that its HTML does not: how it lies on the screen. Gives a list of faults in words. */
(smallestTarget) => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > root.clientWidth + 1,
    );
    faults.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth} (${wide.slice(0, 4).map(named)})`);
  }

  function named(element) {
    const words = (element.getAttribute("aria-label") || element.innerText || element.name || "").trim();
    const kind = typeof element.className === "string" ? element.className.split(" ")[0] : "";
    return `${element.tagName.toLowerCase()}${kind && `.${kind}`} "${words.replace(/\s+/g, " ").slice(0, 40)}"`;
  }

  function isInText(element) {
    if (getComputedStyle(element).display !== "inline") return false;
    let block = element.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const words = (part) => part.innerText.replace(/\s+/g, "").length;
    return words(block) > words(element);
  }

  function isOf(element, x, y) {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (element.contains(hit) || hit.closest("label")?.control === element);
  }

  /* How far the element answers from its middle: labels and what is drawn over it count. */
  function reach(element, x, y, stepX, stepY) {
    let far = 0;
    while (far < smallestTarget && isOf(element, x + stepX * (far + 2), y + stepY * (far + 2))) far += 2;
    return far;
  }

  const top = window.scrollY;
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility({ visibilityProperty: true }) || box.right < 0 || box.width < 2) continue;
    if (box.bottom + top < 0 || getComputedStyle(element).clipPath === "inset(50%)") continue;
    if (box.width >= smallestTarget - 0.5 && box.height >= smallestTarget - 0.5) continue;
    if (element.tagName === "A" && isInText(element)) continue;
    element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const now = element.getBoundingClientRect();
    const [x, y] = [now.left + now.width / 2, now.top + now.height / 2];
    const width = reach(element, x, y, -1, 0) + reach(element, x, y, 1, 0);
    const height = reach(element, x, y, 0, -1) + reach(element, x, y, 0, 1);
    if (width < smallestTarget - 4 || height < smallestTarget - 4) {
      faults.push(`small target: ${named(element)} ${Math.round(Math.max(width, now.width))} x ${Math.round(Math.max(height, now.height))}`);
    }
  }
  window.scrollTo(0, top);

  for (const element of document.querySelectorAll("main *, header *, nav *")) {
    const style = getComputedStyle(element);
    if (style.overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1) {
      if (style.clipPath === "none" && element.tagName !== "PROGRESS") faults.push(`cut off: ${named(element)}`);
    }
  }
  return faults;
}
