// Every page of a desk that works without a network: says whose browser it is, sets the service worker up, sends what waited as
// soon as there is a network, and takes everything away on signing out.
const desk = document.querySelector('meta[name="desk"]');
const queue = desk && self.actQueue?.(desk.dataset.name);

addEventListener("online", sayItIsBack);
if (queue && self.indexedDB && self.BroadcastChannel) begin();

async function begin() {
  for (const form of document.querySelectorAll('form[action$="/sign-out"]')) {
    form.addEventListener("submit", leave);
  }
  try {
    await queue.claim(Number(desk.content), desk.dataset.acts, desk.dataset.sends.split(" "));
  } catch {
    return; // No database, as in a private window: the plain forms are enough.
  }
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  queue.listen(askWorker);
  document.dispatchEvent(new Event("desk-ready"));
  document.documentElement.dataset.desk = "ready";
  send();
  try {
    await navigator.serviceWorker?.register(desk.dataset.worker, { scope: desk.dataset.scope });
  } catch {
    return; // Cut off while it was fetched: the next page tries again.
  }
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage("keep");
}

const send = () => queue.replay();

// What could not be sent is sent by the browser itself later on, where it can; what was saved makes
// the pages that the worker keeps old.
async function askWorker(status) {
  const registration = await navigator.serviceWorker?.getRegistration(desk.dataset.scope);
  if (status === "done") registration?.active?.postMessage("keep anew");
  else await registration?.sync?.register("queue").catch(() => {});
}

// Of a page that was kept: it is still the old one, and the new one is a tap away.
function sayItIsBack() {
  const kept = document.querySelector("[data-kept]:not([hidden])");
  if (!kept) return;
  kept.querySelector("[data-cut-off]").hidden = true;
  kept.querySelector("[data-back]").hidden = false;
}

async function leave(event) {
  event.preventDefault();
  const form = event.target;
  const unsaved = (await queue.list()).some((act) => act.state === "waiting" || act.state === "sent");
  if (unsaved && !confirm(desk.dataset.unsaved)) return;
  await queue.forget();
  for (const name of await caches.keys()) await caches.delete(name);
  form.submit();
}
