// − and + beside a number field. The field alone is enough; these make it one thumb's work.
for (const box of document.querySelectorAll("[data-stepper]")) enhance(box);

function enhance(box) {
  const input = box.querySelector("input");
  const [less, more] = box.querySelectorAll("button");

  const show = () => {
    less.disabled = input.min !== "" && Number(input.value) <= Number(input.min);
    more.disabled = input.max !== "" && Number(input.value) >= Number(input.max);
  };
  const move = (event) => {
    // stepUp and stepDown keep to min, max and step by themselves.
    event.currentTarget === more ? input.stepUp() : input.stepDown();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  for (const button of [less, more]) {
    button.hidden = false;
    button.addEventListener("click", move);
  }
  input.addEventListener("input", show);
  show();
}
