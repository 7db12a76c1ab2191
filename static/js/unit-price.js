// The price per 斤, litre or piece beside the price while it is typed, rounded as the shop rounds:
// once, half up, on whole numbers.
const box = document.querySelector("[data-unit-price]");
const form = box.closest("form");
const NUMBER = /^([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]*))?$/;
const WIDE = "０１２３４５６７８９．。，￥";
const HALF = "0123456789..,¥";

form.addEventListener("input", show);
form.addEventListener("change", show);
show();

function show() {
  const { price, measure, unit } = form.elements;
  const fen = read(price.value.replace(/^\s*[¥￥]/, "").replace(/元\s*$/, ""), 2);
  const [amount, per] = sold(measure.value);
  box.hidden = !fen || !amount;
  if (box.hidden) return;
  const each = (2n * fen * per + amount) / (2n * amount);
  box.textContent = box.dataset[measure.value].replace("{}", yuan(each)).replace("[]", unit.value);
}

// Grams, millilitres or pieces in one unit, and in what it is compared by.
function sold(measure) {
  const { net_weight, weight_unit, measure_amount } = form.elements;
  const weight = read(net_weight.value, 3);
  const amount = read(measure_amount.value, 3);
  if (measure === "volume") return [amount, 1000n];
  if (measure === "piece") return [amount && amount / 1000n, 1n];
  return [weight && (weight_unit.value === "jin" ? weight / 2n : weight), 500n];
}

function read(text, decimals) {
  const plain = [...text].map((c) => (WIDE.includes(c) ? HALF[WIDE.indexOf(c)] : c)).join("").replace(/\s/g, "");
  const found = NUMBER.exec(plain);
  const fraction = found?.[2]?.replace(/0+$/, "") ?? "";
  if (!found || fraction.length > decimals) return null;
  return BigInt(found[1].replaceAll(",", "") + fraction.padEnd(decimals, "0"));
}

function yuan(fen) {
  const whole = String(fen / 100n).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${String(fen % 100n).padStart(2, "0")}`;
}
