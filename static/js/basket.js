// What is tapped in the basket is sent behind the page, one change after the other. The page comes
// anew once all of them are kept, and a tap while it is on its way holds it back. Without this, each
// line has its button.
const PAUSE_BEFORE_SENDING = 500;
const PATIENCE = 20000;
const basket = document.querySelector("[data-basket]");
const changed = new Set();
let pause = null;
let sending = false;
let refused = null;
let leave = null;
let leaving = false;

if (basket) listen();

function listen() {
  for (const button of basket.querySelectorAll(".without-script")) button.hidden = true;
  basket.addEventListener("input", stay);
  basket.addEventListener("change", ({ target }) => {
    if (!target.reportValidity()) return;
    target.defaultValue = target.value;
    queue(target.form);
    pause = setTimeout(send, PAUSE_BEFORE_SENDING);
  });
  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (!basket.contains(target)) return waitFirst(event, () => target.requestSubmit(submitter));
    event.preventDefault();
    // What is being taken out can't be changed or taken out once more.
    if ("removal" in target.dataset) target.closest(".line").inert = true;
    queue(target);
    send();
  });
  basket.addEventListener("focusout", () => { if (leave && !pause && !leaving) setTimeout(send); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const inAnotherTab = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (link && !inAnotherTab) waitFirst(event, () => location.assign(link.href));
  });
}

// Whoever goes on before everything is kept goes on once it is.
function waitFirst(event, goOn) {
  if (!changed.size && !sending) return;
  event.preventDefault();
  leave = goOn;
  send();
}

function stay() {
  if (leaving) window.stop();
  leaving = false;
}

function queue(form) {
  stay();
  clearTimeout(pause);
  pause = null;
  changed.add(form);
  leave ??= () => location.assign(basket.dataset.basket);
}

async function send() {
  clearTimeout(pause);
  pause = null;
  if (sending) return;
  sending = true;
  const forms = [...changed];
  changed.clear();
  for (const form of forms) {
    if (!(await isKept(form))) refused = form;
    else if (refused === form) refused = null;
  }
  sending = false;
  if (changed.size) {
    // Unless its own pause does so.
    if (!pause) send();
  } else if (!isTyping()) {
    leaving = true;
    // The shop's page says why it does not take it.
    refused ? refused.submit() : leave();
  }
}

async function isKept(form) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      // What was kept is shown once, by the page that comes after all of them.
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}

function isTyping() {
  const field = document.activeElement;
  return basket.contains(field) && field.matches("input") && field.value !== field.defaultValue;
}
