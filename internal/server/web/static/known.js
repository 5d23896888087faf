// The slider of the knowledge axis writes its day into the field of the form,
// which answers a change. It shows itself only where this script runs.
"use strict";

(() => {
  const day = (n) => new Date(n * 86400000).toISOString().slice(0, 10);
  const show = () => {
    for (const slide of document.querySelectorAll(".slide[hidden]")) {
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
  document.addEventListener("htmx:afterSwap", show);
  show();
})();
