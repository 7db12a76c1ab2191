// What is filled in is kept as a draft by the shop, and until it has arrived there, by the phone:
// each draft on a shelf of its own, so that the next one doesn't push away what waits.
const form = document.querySelector("[data-listing]");
const found = form.querySelector("[data-found]");
const shelves = `listing-${form.dataset.owner}-`;
const shelf = shelves + form.elements.key.value;
const PAUSE = 1500;
const PATIENCE = 15000;
let waiting;
let saving = Promise.resolve();

// A form that came back with errors is what was sent: it arrived.
if (document.querySelector(".error-summary")) localStorage.removeItem(shelf);
else if (localStorage.getItem(shelf)) bringBack();
for (const other of Object.keys(localStorage)) {
  if (other.startsWith(shelves) && other !== shelf) findAgain(other);
}
form.addEventListener("input", keep);
form.addEventListener("change", keep);
addEventListener("online", () => save(shelf));

function keep() {
  if (!form.elements.name.value && !form.elements.kept_picture.value) return;
  localStorage.setItem(shelf, filledIn());
  clearTimeout(waiting);
  waiting = setTimeout(() => save(shelf), PAUSE);
}

function filledIn() {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();
}

// One after the other: what was typed earlier never arrives after what was typed later.
function save(place) {
  saving = saving.then(() => send(place));
  return saving;
}

// Where the draft can be gone on with; nothing while it can't be sent, or when it is on sale by now.
async function send(place) {
  const sent = localStorage.getItem(place);
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
    if (settled && localStorage.getItem(place) === sent) localStorage.removeItem(place);
    if (url && place === shelf) history.replaceState(null, "", url);
    return url ?? null;
  } catch {
    return null;
  }
}

// The fields at once, so that whoever goes on typing types on; the photo is the shop's to show.
async function bringBack() {
  const kept = new URLSearchParams(localStorage.getItem(shelf));
  const hasOtherPhoto = kept.get("kept_picture") !== form.elements.kept_picture.value;
  for (const field of form.elements) {
    if (field.name && !["file", "submit", "button"].includes(field.type) && !isTouched(field)) fillIn(field, kept);
  }
  const url = await save(shelf);
  if (url && hasOtherPhoto && !localStorage.getItem(shelf)) location.reload();
}

function fillIn(field, kept) {
  const values = kept.getAll(field.name);
  if (isTicked(field)) field.checked = values.includes(field.value);
  else if (values.length) field.value = values[0];
}

// On a slow phone somebody may have begun before this file was there.
function isTouched(field) {
  if (isTicked(field)) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const [first] = field.options;
  return field.selectedOptions[0] !== ([...field.options].find((option) => option.defaultSelected) ?? first);
}

function isTicked(field) {
  return field.type === "checkbox" || field.type === "radio";
}

async function findAgain(other) {
  const url = await save(other);
  // Whoever follows the link finds everything there: nothing else is on its way by then.
  await saving;
  if (!url) return;
  found.querySelector("a").href = url;
  found.hidden = false;
}
