// What the name and the spec tell is filled in while they are typed, where nobody chose anything.
const form = document.querySelector("[data-listing]");
const { name, category, months, perishable, spec, net_weight: weight, weight_unit: unit } = form.elements;
const PAUSE = 300;
const PATIENCE = 4000;
const SPEC = /([0-9]+(?:\.[0-9]+)?)\s*(斤|公斤|千克|kg|克|g)/i;
const chosen = new Set(category.value ? ["category", "perishable"] : []);
let asked = 0;
let guessed = "";

if ([...months].some((month) => month.checked)) chosen.add("months");
form.addEventListener("change", (event) => { chosen.add(event.target.name); });
// Under the finger nothing changes any more: the tap would take back what was just filled in.
form.addEventListener("pointerdown", ({ target }) => { chosen.add((target.closest("label")?.control ?? target).name); });
category.addEventListener("change", followCategory);
name.addEventListener("input", () => {
  const turn = ++asked;
  const pause = new Promise((done) => { setTimeout(done, PAUSE); });
  form.guessing = pause.then(() => turn === asked && ask(turn)).catch(() => {});
});
spec.addEventListener("input", weigh);
if (name.value && !category.value) form.guessing = ask(asked).catch(() => {});

async function ask(turn) {
  const address = `${name.dataset.guess}?name=${encodeURIComponent(name.value)}`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
  const found = await answer.json();
  // Of several answers only the last one asked for counts.
  if (turn !== asked || !found.category) return;
  if (!chosen.has("category")) category.value = found.category;
  followCategory();
  if (!chosen.has("months")) for (const month of months) month.checked = found.months.includes(Number(month.value));
  category.dispatchEvent(new Event("input", { bubbles: true }));
}

// Fresh goods are 鲜活易腐, whoever chose the category: the name, or a hand before the answer came.
function followCategory() {
  if (!chosen.has("perishable")) perishable.checked = "fresh" in (category.selectedOptions[0]?.dataset ?? {});
}

// “中果 10斤” weighs ten 斤; whoever typed a weight knows better.
function weigh() {
  const found = SPEC.exec(spec.value);
  if (!found || (weight.value && weight.value !== guessed)) return;
  const grams = /^(克|g)$/i.test(found[2]);
  guessed = weight.value = grams ? String(found[1] / 1000) : found[1];
  unit.value = found[2] === "斤" ? "jin" : "kg";
  weight.dispatchEvent(new Event("input", { bubbles: true }));
}
