// Where an answer does not come, the page says so instead of standing still.
"use strict";

(() => {
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
})();
