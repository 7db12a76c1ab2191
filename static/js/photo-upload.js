// The photo is made smaller on the phone and sent by itself, in pieces: a dead spot costs one piece,
// a closed browser goes on where it was. Where a browser can't, the form sends the photo as it is.
const box = document.querySelector("[data-photo]");
const form = box.closest("form");
const image = box.querySelector("img");
const state = box.querySelector("[data-photo-state]");
const kept = form.elements.kept_picture;
const shelf = `listing-photo-${form.dataset.owner}`;
const LONGEST_SIDE = 1280;
const QUALITY = 0.8;
const PIECE = 48 * 1024;
const PATIENCE = 20000;
const LONGEST_PAUSE = 20000;
let taken = 0;
let sending = null;
let held = null;

for (const input of box.querySelectorAll("input[type=file]")) {
  input.addEventListener("change", () => { if (input.files[0]) take(input); });
}
// Whoever goes on before the photo is there waits for it, and nothing is sent twice.
form.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !sending) return;
  event.preventDefault();
  held = event.submitter;
});
resume();

async function take(input) {
  const turn = ++taken;
  const [file] = input.files;
  const photo = await shrink(file);
  if (photo && input.files[0] === file) input.value = "";
  // Of several photos the last one chosen counts, whichever is made smaller first.
  if (turn !== taken) return;
  show(photo ?? file);
  form.dispatchEvent(new Event("photo"));
  if (photo) send({ key: randomKey(), form: form.elements.key.value, photo });
}

async function shrink(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
  } catch {
    return null;
  }
}

function show(photo) {
  if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(photo);
  image.hidden = false;
}

async function send(upload) {
  sending = upload;
  kept.value = "";
  await shelve(upload);
  for (let pause = 1000, asked = false; sending === upload; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      state.textContent = box.dataset.sending;
      const answer = await sendPieces(upload, asked);
      if (sending === upload) end(answer);
      return;
    } catch {
      asked = true;
      state.textContent = box.dataset.waiting;
      await backOnline(pause);
    }
  }
}

async function sendPieces(upload, asked) {
  const address = box.dataset.upload.replace("KEY", upload.key);
  const { size } = upload.photo;
  let answer = asked ? await ask(address) : { received: 0 };
  while (!answer.picture && !answer.message) {
    const from = answer.received;
    const body = upload.photo.slice(from, from + PIECE);
    answer = await ask(`${address}?from=${from}&size=${size}`, { method: "POST", body });
    if (answer.received === from && from < size) throw new Error("nothing was taken in");
    state.textContent = `${box.dataset.sending} ${Math.floor((100 * (answer.received ?? 0)) / size)}%`;
  }
  return answer;
}

async function ask(address, options) {
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout(PATIENCE) });
  const understood = !answer.redirected && [200, 422].includes(answer.status);
  if (!understood) throw new Error(answer.status);
  return answer.json();
}

function end(answer) {
  sending = null;
  localStorage.removeItem(shelf);
  state.textContent = answer.message ?? box.dataset.done;
  kept.value = answer.picture ?? "";
  kept.dispatchEvent(new Event("change", { bubbles: true }));
  if (held) form.requestSubmit(held);
  held = null;
}

function backOnline(pause) {
  return new Promise((done) => {
    setTimeout(done, pause);
    addEventListener("online", done, { once: true });
  });
}

// A closed browser keeps what was not sent; a full one doesn't, and then the page must stay open.
async function shelve(upload) {
  const reader = new FileReader();
  const read = new Promise((done) => { reader.onload = done; });
  reader.readAsDataURL(upload.photo);
  await read;
  if (sending !== upload) return;
  try {
    localStorage.setItem(shelf, JSON.stringify({ ...upload, photo: reader.result }));
  } catch {
    localStorage.removeItem(shelf);
  }
}

function resume() {
  const found = JSON.parse(localStorage.getItem(shelf) ?? "null");
  const belongs = found && (found.form === form.elements.key.value || "new" in form.dataset);
  if (!belongs || kept.value) return;
  const bytes = Uint8Array.from(atob(found.photo.split(",")[1]), (c) => c.charCodeAt(0));
  const photo = new Blob([bytes], { type: "image/jpeg" });
  show(photo);
  send({ ...found, photo });
}

// Without a secure page there is no randomUUID.
function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
