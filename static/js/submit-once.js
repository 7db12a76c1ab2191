// A button that was pressed says so and can't be pressed again while the answer is on its way.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-submit-once]");
  if (!button || event.defaultPrevented) return;
  if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) {
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
  }
});

// The browser may bring the page back as it was left; the button must then work again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("[data-submit-once][aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.idle) button.textContent = button.dataset.idle;
  }
});
