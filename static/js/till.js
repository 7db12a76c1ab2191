// A till: taps choose goods, one more tap keeps the sale in the queue, which sends it now or when
// there is a network again. Without this file the page is a plain form.
const queue = self.actQueue?.("till");
const panel = document.querySelector("[data-queue]");
const form = document.querySelector("[data-till]");
const last = form?.querySelector("[data-last]");
const goods = new Map();
let status = "done";
let lastSale = null;
let drawings = 0;

if (form) showTotals();
if (form && document.documentElement.dataset.desk === "ready") begin();
else if (form) document.addEventListener("desk-ready", begin, { once: true });

function showTotals() {
  for (const box of form.querySelectorAll("[data-allotment]")) {
    const each = {
      id: Number(box.dataset.allotment), name: box.dataset.goods, unit: box.dataset.unit,
      price: Number(box.dataset.price), left: Number(box.dataset.left),
      input: box.querySelector("input"), shownLeft: box.querySelector("[data-shown-left]"),
    };
    goods.set(each.id, each);
    const add = box.querySelector("[data-add]");
    box.querySelector(".without-script").hidden = true;
    add.hidden = false;
    add.addEventListener("click", () => choose(each, units(each) + 1));
  }
  form.querySelector("[data-total]").hidden = false;
  form.addEventListener("input", showTotal);
  showTotal();
}

function choose(each, count) {
  each.input.value = count;
  // The stepper beside it and the total listen.
  each.input.dispatchEvent(new Event("input", { bubbles: true }));
}

async function begin() {
  form.addEventListener("submit", keep, { capture: true });
  panel.querySelector("[data-replay]").addEventListener("click", () => queue.replay());
  panel.querySelector("[data-dismiss]").addEventListener("click", dismiss);
  last.querySelector("[data-undo-last]").addEventListener("click", undoLast);
  queue.listen((news) => { status = news; draw(); });
  addEventListener("offline", () => { status = "offline"; draw(); });
  form.dataset.ready = "yes";
  await draw();
}

async function keep(event) {
  event.preventDefault();
  event.stopPropagation();
  const chosen = [...goods.values()].filter((each) => units(each) > 0);
  if (chosen.length === 0) return tell(form.dataset.nothing, null);
  const lines = chosen.map((each) => ({ allotment: each.id, units: units(each), price: each.price }));
  const data = new FormData(form);
  const words = chosen.map((each) => `${each.name} × ${units(each)}`).join("，");
  const name = `${words} ¥${yuan(total())}`;
  const key = queue.newKey();
  // At once: pressed twice it is one sale, and what is tapped from now on belongs to the next one.
  for (const each of chosen) choose(each, 0);
  try {
    await queue.add({
      key, kind: "sale", activity: Number(form.dataset.till), lines, name,
      buyer: data.get("buyer"), unit: data.get("unit").trim(), paid: data.get("paid"),
    });
  } catch (error) {
    for (const line of lines) choose(goods.get(line.allotment), units(goods.get(line.allotment)) + line.units);
    throw error;
  }
  tell(name, key);
  await draw();
  await queue.replay();
}

// What was never sent is simply forgotten; what was is taken back by another act.
async function undoLast() {
  if (!lastSale) return;
  const { key, name } = lastSale;
  lastSale = null;
  await queue.decide((acts, write) => {
    const waiting = acts.find((act) => act.key === key && act.state === "waiting");
    if (waiting) write.remove(waiting);
    else write.add({ kind: "undo", sale: key, name: `${panel.dataset.undoing}：${name}` });
  });
  // Unless the next one was sold meanwhile.
  if (!lastSale) tell(`${last.querySelector("[data-undo-last]").dataset.undone}：${name}`, null);
  await draw();
  await queue.replay();
}

function tell(text, key) {
  lastSale = key && { key, name: text };
  last.hidden = false;
  last.querySelector("[data-last-text]").textContent = text;
  last.querySelector("[data-undo-last]").hidden = !key;
}

async function draw() {
  const drawing = ++drawings;
  const [acts, states] = await queue.sight();
  if (drawing !== drawings) return;
  for (const state of states) {
    const each = goods.get(state.id);
    // A page that was kept may be older than the last answer, and the answer older than the page.
    if (each && state.at >= Number(form.dataset.at)) Object.assign(each, state);
  }
  const waiting = acts.filter(isUnsaved);
  for (const each of goods.values()) {
    const taken = waiting.flatMap((act) => act.lines ?? []).filter((line) => line.allotment === each.id);
    each.shownLeft.textContent = each.left - taken.reduce((sum, line) => sum + line.units, 0);
  }
  list(acts);
}

function list(acts) {
  const told = acts.filter((act) => act.state !== "sent" || act.late || status !== "done");
  panel.hidden = told.length === 0;
  for (const text of panel.querySelectorAll("[data-when]")) {
    text.hidden = text.dataset.when !== status || !acts.some(isUnsaved);
  }
  panel.querySelector("[data-replay]").hidden = !acts.some(isUnsaved) || status === "offline";
  panel.querySelector("[data-dismiss]").hidden = !acts.some(isDone);
  panel.querySelector("[data-queue-list]").replaceChildren(...told.map(item));
}

function item(act) {
  const drawn = panel.querySelector("template").content.cloneNode(true);
  const part = (name) => drawn.querySelector(`[data-part="${name}"]`);
  const state = isUnsaved(act) ? "waiting" : act.state;
  part("state").textContent = panel.dataset[state];
  part("state").classList.add({ waiting: "badge-wait", saved: "badge-good", review: "badge-wait", refused: "badge-bad" }[state]);
  part("name").textContent = act.name;
  part("reason").textContent = act.reason;
  part("reason").hidden = !act.reason;
  const discard = drawn.querySelector("[data-discard]");
  discard.hidden = state !== "refused";
  discard.addEventListener("click", () => queue.remove(act).then(draw));
  return drawn;
}

async function dismiss() {
  for (const act of await queue.list()) if (isDone(act)) await queue.remove(act);
  await draw();
}

const isDone = (act) => act.state === "saved" || act.state === "review";
const isUnsaved = (act) => act.state === "waiting" || act.state === "sent";

function units(each) {
  return Math.max(0, Math.min(9999, Math.floor(Number(each.input.value)) || 0));
}

function total() {
  return [...goods.values()].reduce((sum, each) => sum + each.price * units(each), 0);
}

function showTotal() {
  form.querySelector("[data-total]").textContent = `¥${yuan(total())}`;
}

function yuan(fen) {
  const whole = String(Math.floor(fen / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${String(fen % 100).padStart(2, "0")}`;
}
