// Shows the print buttons, which can do nothing without JavaScript, and makes them print.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
