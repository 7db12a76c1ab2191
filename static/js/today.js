// Stock and price of everything on one page: a tap on + or − changes a number, and a moment later it
// is sent; without a network it waits in the queue. Stepping back undoes it.
const PAUSE_BEFORE_SENDING = 900;
const GRAMS_PER_JIN = 500, MILLILITRES_PER_LITRE = 1000;

const queue = self.actQueue?.("desk");
const panel = document.querySelector("[data-queue]");
const rows = new Map();
let writing = Promise.resolve();
let unwritten = 0;
let drawings = 0;
let sending;
let status = "done";

if (document.documentElement.dataset.desk === "ready") begin();
else document.addEventListener("desk-ready", begin, { once: true });

async function begin() {
  for (const box of document.querySelectorAll("[data-variant]")) rows.set(Number(box.dataset.variant), row(box));
  panel.querySelector("[data-replay]").addEventListener("click", () => queue.replay());
  panel.querySelector("[data-dismiss]").addEventListener("click", dismiss);
  queue.listen((news) => { status = news; draw(); });
  addEventListener("offline", () => { status = "offline"; draw(); });
  await draw();
}

// One variant: what the shop knows of it, and the controls that show it with what waits on top.
function row(box) {
  const { variant, version, count, price } = box.dataset;
  const self = {
    box, id: Number(variant), name: box.dataset.name,
    known: { version: Number(version), count: Number(count), price: Number(price) },
    shown: { stock: Number(count), price: Number(price) },
    inputs: {},
    typing: null,
  };
  for (const form of box.querySelectorAll("form")) enhance(self, form, form.dataset.act);
  return self;
}

function enhance(self, form, kind) {
  const input = form.querySelector(`[name="${kind}"]`);
  const step = kind === "stock" ? 1 : Number(self.box.dataset.step);
  self.inputs[kind] = input;
  form.querySelector(".without-script").hidden = true;
  for (const button of form.querySelectorAll(".stepper button")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      // A tap on a button doesn't take the focus away everywhere.
      if (self.typing === input) typed();
      change(self, kind, self.shown[kind] + step * Number(button.value));
    });
  }
  const typed = () => {
    self.typing = null;
    const wanted = read(input.value, kind);
    if (wanted === null) show(self);
    else change(self, kind, wanted);
  };
  input.addEventListener("change", typed);
  input.addEventListener("input", () => {
    self.typing = input;
    if (self.inputs.price) showUnitPrice(self, read(self.inputs.price.value, "price"));
  });
  input.addEventListener("blur", () => { self.typing = null; });
  form.addEventListener("submit", (event) => { event.preventDefault(); typed(); });
}

function change(self, kind, wanted) {
  const before = self.shown[kind];
  if (wanted === before || wanted < (kind === "price" ? 1 : 0) || wanted > 9_999_999) return show(self);
  self.shown[kind] = wanted;
  show(self);
  const value = kind === "stock" ? wanted - before : wanted;
  const { version: seen, price } = self.known;
  const act = { variant: self.id, kind, value, before: price, seen, name: self.name };
  unwritten += 1;
  writing = writing
    .catch(() => {})
    .then(() => queue.decide((acts, write) => join(act, acts, write)))
    .finally(() => { unwritten -= 1; return draw(); });
  clearTimeout(sending);
  sending = setTimeout(() => writing.then(() => queue.replay()), PAUSE_BEFORE_SENDING);
}

// A change joins one of the same sort that was not sent yet: a step back takes it away again.
function join(act, all, write) {
  const acts = all.filter((each) => each.variant === act.variant && each.kind === act.kind);
  const last = acts.findLast((each) => each.state === "waiting");
  if (last) {
    last.value = act.kind === "stock" ? last.value + act.value : act.value;
    const isNothing = act.kind === "stock" ? last.value === 0 : last.value === last.before;
    return isNothing ? write.remove(last) : write.put(last);
  }
  const sent = acts.findLast((each) => each.state === "sent");
  return write.add({ ...act, after: sent?.key ?? null });
}

// Refused once, it is decided anew: another act, on the sight of what is there now. Once, however
// often it is pressed.
async function retry({ position, variant, kind, value, before, seen, name }) {
  const [, states] = await queue.sight();
  const now = states.find((each) => each.id === variant);
  const again = { variant, kind, value, name, before: now?.price ?? before, seen: now?.version ?? seen };
  await queue.decide((acts, write) => {
    const refused = acts.find((act) => act.position === position);
    if (!refused) return;
    write.remove(refused);
    join(again, acts, write);
  });
}

async function draw() {
  const drawing = ++drawings;
  const [acts, states] = await queue.sight();
  // What was tapped meanwhile is not in that list yet, and draws when it is; what changed, too.
  if (unwritten || drawing !== drawings) return;
  for (const state of states) {
    const self = rows.get(state.id);
    // A page that was kept may be older than the last answer, and the answer older than the page.
    if (self && state.version >= self.known.version) self.known = state;
  }
  for (const self of rows.values()) {
    const own = acts.filter((act) => act.variant === self.id && isUnsaved(act));
    const more = own.filter((act) => act.kind === "stock").reduce((sum, act) => sum + act.value, 0);
    const price = own.findLast((act) => act.kind === "price");
    self.shown = { stock: self.known.count + more, price: price?.value ?? self.known.price };
    show(self);
    self.box.querySelector("[data-state]").textContent = own.length ? panel.dataset[isLate(own) ? "waiting" : "sent"] : "";
  }
  list(acts);
}

// A number that is half typed stays: the shop's answer to an earlier one may arrive meanwhile.
function show(self) {
  for (const [kind, input] of Object.entries(self.inputs)) {
    const isFocused = document.activeElement === input;
    if (self.typing === input || (isFocused && read(input.value, kind) === self.shown[kind])) continue;
    input.value = written(self.shown[kind], kind);
  }
  if (self.typing !== self.inputs.price) showUnitPrice(self, self.shown.price);
}

// What is not simply saved: it waits, was refused, or was saved long after it was made.
function list(acts) {
  const told = acts.filter((act) => act.state === "refused" || isDone(act) || act.late || status !== "done");
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
  part("what").textContent = act.kind === "stock"
    ? `${panel.dataset.stock} ${act.value > 0 ? "+" : "−"}${Math.abs(act.value)}`
    : `${panel.dataset.price} ${yuan(act.before)} → ${yuan(act.value)} ${panel.dataset.yuan}`;
  part("reason").textContent = act.reason;
  part("reason").hidden = !act.reason;
  part("reason").classList.toggle("error", state === "refused");
  part("choices").hidden = state !== "refused";
  drawn.querySelector("[data-discard]").addEventListener("click", () => queue.remove(act).then(draw));
  drawn.querySelector("[data-retry]").addEventListener("click", async () => {
    await retry(act);
    await draw();
    await queue.replay();
  });
  return drawn;
}

async function dismiss() {
  for (const act of await queue.list()) if (isDone(act)) await queue.remove(act);
  await draw();
}

const isDone = (act) => act.state === "saved" || act.state === "review";
const isUnsaved = (act) => act.state === "waiting" || act.state === "sent";
const isLate = (acts) => status !== "done" || !navigator.onLine || acts.some((act) => act.late);

// Whole units, or fen out of yuan; nothing else is a number here.
function read(text, kind) {
  const plain = text.normalize("NFKC").replaceAll(",", "").replace(/^¥/, "").trim();
  if (kind === "stock") return /^\d{1,5}$/.test(plain) ? Number(plain) : null;
  const found = /^(\d{1,5})(?:\.(\d{0,2}))?$/.exec(plain);
  return found && Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

const written = (value, kind) => kind === "stock" ? String(value) : yuan(value).replaceAll(",", "");

function yuan(fen) {
  const whole = String(Math.floor(fen / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${String(fen % 100).padStart(2, "0")}`;
}

// As catalog/products/rules.py reckons it: rounded once, half up.
function showUnitPrice(self, fen) {
  const text = self.box.querySelector("[data-unit-price] .unit-price")?.firstChild;
  if (!text || !fen) return;
  const { measure, amount } = self.box.dataset;
  const per = { weight: GRAMS_PER_JIN, volume: MILLILITRES_PER_LITRE, piece: 1 }[measure];
  text.textContent = yuan(Math.floor((2 * fen * per + Number(amount)) / (2 * Number(amount))));
}
