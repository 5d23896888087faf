// Space presses the button of a page that waits for it, unless the keyboard is in
// use for something else.
"use strict";

document.addEventListener("keydown", (event) => {
  const button = document.querySelector("button[data-space]");
  if (event.key !== " " || event.repeat || !button || !(event.target instanceof Element) || event.target.closest("input, select, textarea, button, a, summary")) {
    return;
  }
  event.preventDefault();
  button.click();
});
