/** Another language or size of letters opens the page anew: what was typed and not yet sent is put back, once. */
const PLACE = "typed";
const NEVER_KEPT = new Set(["hidden", "password", "file", "submit", "button"]);

export function keepTyped(root) {
  const kept = JSON.parse(sessionStorage.getItem(PLACE));
  sessionStorage.removeItem(PLACE);
  const form = [...root.querySelectorAll("main form[method=post]")].find((one) => controls(one).length);
  if (!form) return;
  if (kept?.path === location.pathname) putBack(form, kept.values);
  for (const link of root.querySelectorAll(".switch a")) {
    link.addEventListener("click", () => {
      const values = controls(form).filter((control) => !isTick(control) || control.checked).map(({ name, value }) => [name, value]);
      sessionStorage.setItem(PLACE, JSON.stringify({ path: location.pathname, values }));
    });
  }
}

function controls(form) {
  return [...form.elements].filter((control) => control.name && !NEVER_KEPT.has(control.type));
}

function isTick(control) {
  return control.type === "checkbox" || control.type === "radio";
}

function putBack(form, values) {
  for (const control of controls(form)) {
    const typed = values.filter(([name]) => name === control.name).map(([, value]) => value);
    if (isTick(control)) control.checked = typed.includes(control.value);
    else if (typed.length) control.value = typed[0];
    const fold = control.closest("details");
    if (fold && (isTick(control) ? control.checked : control.value)) fold.open = true;
  }
}
