// Freight and days follow the place that is chosen. Without this, the button asks for them; an order
// that was sent before the answer came is shown once more, with what has changed.
const form = document.querySelector("[data-requote]");
const button = form.querySelector("[data-requote-button]");
let asked = 0;

button.hidden = true;
form.addEventListener("change", (event) => {
  if (event.target.closest("[data-destination]")) requote();
});

async function requote() {
  const turn = ++asked;
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Of several answers only the last one asked for is shown.
    if (turn === asked) show(page);
  } catch {
    button.hidden = false;
  }
}

function show(page) {
  for (const old of form.querySelectorAll("[data-quoted]")) {
    old.replaceWith(document.adoptNode(page.getElementById(old.id)));
  }
}
