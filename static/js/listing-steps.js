// One decision a screen: the parts of the listing one after the other, on one page, so that a dead
// spot between them doesn't matter. A form that came back with errors is shown whole.
const form = document.querySelector("[data-listing]");
const steps = [...form.querySelectorAll("[data-step]")];
const next = form.querySelector("[data-next]");
const back = form.querySelector("[data-back]");
const finish = next.textContent;
let now = steps.length - 1;

if (!document.querySelector(".error-summary")) show(first());

function first() {
  if ("new" in form.dataset) return 0;
  const open = steps.findIndex((step) => [...step.querySelectorAll("input:required")].some((input) => !input.value));
  return open < 0 ? steps.length - 1 : open;
}

function show(number) {
  now = number;
  steps.forEach((step, place) => { step.hidden = place !== now; });
  back.hidden = now === 0;
  // The photo is the first screen's one green button.
  next.classList.toggle("button-plain", now === 0);
  next.textContent = now === steps.length - 1 ? finish : next.dataset.next;
  for (const other of document.querySelectorAll("[data-start]")) other.hidden = now !== 0;
}

function turn(number) {
  show(number);
  scrollTo(0, 0);
  // The keyboard opens by itself: one tap less.
  steps[now].querySelector("input:not([type=file])")?.focus({ preventScroll: true });
}

back.addEventListener("click", () => turn(now - 1));
form.addEventListener("photo", () => { if (now === 0) turn(1); });
form.addEventListener("submit", async (event) => {
  if (event.submitter?.name === "later" || now === steps.length - 1) return;
  event.preventDefault();
  const from = now;
  // What the name tells may still be on its way; pressed twice meanwhile, it is one step.
  for (let told; told !== form.guessing;) await (told = form.guessing);
  if (now !== from) return;
  const [unfilled] = [...steps[now].querySelectorAll(":required")].filter((field) => !field.checkValidity());
  if (unfilled) unfilled.reportValidity();
  else turn(now + 1);
});
