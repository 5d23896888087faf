// What the pages do with a script beside htmx. Without it they work the same, with
// a field for a day in the place of the slider.
"use strict";

(() => {
  const day = (n) => new Date(n * 86400000).toISOString().slice(0, 10);

  // The slider of the knowledge axis writes its day into the field of the form,
  // which answers a change. It shows itself only where this script runs.
  const show = (root) => {
    for (const slide of root.querySelectorAll(".slide[hidden]")) {
      slide.hidden = false;
    }
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "known-slider") {
      return;
    }
    event.stopPropagation();
    const text = day(Number(event.target.value));
    event.target.setAttribute("aria-valuetext", text);
    document.getElementById("known-out").textContent = text;
    const field = document.getElementById("known");
    field.value = text;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("htmx:afterSwap", () => show(document));

  // Where an answer does not come, the page says so instead of standing still.
  const fault = (hidden) => {
    const said = document.getElementById("answer-fault");
    if (said) {
      said.hidden = hidden;
    }
  };
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failed, () => fault(false));
  }
  document.addEventListener("htmx:afterOnLoad", (event) => fault(event.detail.successful !== false));
  show(document);
})();

// Space presses the button of a page that waits for it, unless the keyboard is in
// use for something else.
document.addEventListener("keydown", (event) => {
  const button = document.querySelector("button[data-space]");
  if (event.key !== " " || event.repeat || !button || !(event.target instanceof Element) || event.target.closest("input, select, textarea, button, a, summary")) {
    return;
  }
  event.preventDefault();
  button.click();
});
