// Where the browser reads codes by itself, the camera types what a scanner would: data-scan on the
// form holds the codes that were just scanned and still lie before the lens. Once it was switched on
// it starts by itself on the next page, so that a parcel takes two looks and no tap. Addresses are
// left alone: beside the code that is meant, slips and labels carry some.
const LOOKS_EVERY_MS = 200;
const REMEMBERED = "scan-camera";

const form = document.querySelector("[data-scan]");
const box = form?.querySelector("[data-camera]");
if (document.querySelector(".notice-error, .error:not([hidden])")) navigator.vibrate?.(300);
if (box && "BarcodeDetector" in window && navigator.mediaDevices) offer(new BarcodeDetector());
else if (box && matchMedia("(hover: none)").matches) form.querySelector("[data-no-camera]").hidden = false;

function offer(detector) {
  const button = box.querySelector("button");
  box.hidden = false;
  button.addEventListener("click", () => start(detector, button));
  if (sessionStorage.getItem(REMEMBERED)) start(detector, button);
}

async function start(detector, button) {
  const video = box.querySelector("video"), trouble = box.querySelector(".error");
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
  } catch {
    sessionStorage.removeItem(REMEMBERED);
    trouble.hidden = false;
    return;
  }
  sessionStorage.setItem(REMEMBERED, "on");
  trouble.hidden = button.hidden = true;
  video.hidden = false;
  const known = form.dataset.scan.split(/\s+/);
  const looks = setInterval(async () => {
    const codes = await detector.detect(video).catch(() => []);
    const fresh = codes.map((code) => code.rawValue.trim())
      .find((text) => text && !text.includes("/") && !known.includes(text));
    if (!fresh || !video.srcObject) return;
    clearInterval(looks);
    for (const track of video.srcObject.getTracks()) track.stop();
    video.srcObject = null;
    form.querySelector(".scan-input").value = fresh;
    form.requestSubmit();
  }, LOOKS_EVERY_MS);
}
