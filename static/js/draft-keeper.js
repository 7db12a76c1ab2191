// What is filled in is kept as a draft by the shop, and until it has arrived there, by the phone.
const form = document.querySelector("[data-listing]");
const found = form.querySelector("[data-found]");
const shelf = `listing-${form.dataset.owner}`;
const PAUSE = 1500;
const PATIENCE = 15000;
let waiting;

const before = localStorage.getItem(shelf);
// A form that came back with errors is what was sent: it arrived.
if (document.querySelector(".error-summary")) localStorage.removeItem(shelf);
else if (before) bringBack(before);
form.addEventListener("input", keep);
form.addEventListener("change", keep);
addEventListener("online", () => { if (localStorage.getItem(shelf)) save(localStorage.getItem(shelf)); });

function keep() {
  if (!form.elements.name.value && !form.elements.kept_picture.value) return;
  localStorage.setItem(shelf, filledIn());
  clearTimeout(waiting);
  waiting = setTimeout(() => save(localStorage.getItem(shelf)), PAUSE);
}

function filledIn() {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();
}

// Where the draft can be gone on with; nothing while it can't be sent, or when it is on sale by now.
async function save(sent) {
  if (!sent) return null;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(`${sent}&later=1`),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { url, code } = await answer.json();
    const settled = answer.ok || code === "already_listed";
    if (settled && localStorage.getItem(shelf) === sent) localStorage.removeItem(shelf);
    if (url && isThisDraft(sent)) history.replaceState(null, "", url);
    return url ?? null;
  } catch {
    return null;
  }
}

function isThisDraft(sent) {
  return new URLSearchParams(sent).get("key") === form.elements.key.value;
}

async function bringBack(sent) {
  const mine = isThisDraft(sent);
  const url = await save(sent);
  if (!url) return;
  if (mine) location.reload();
  found.querySelector("a").href = url;
  found.hidden = false;
}
