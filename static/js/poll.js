// Waits for the payment: <div data-poll="/orders/…/payment" data-state="pending"> asks the address,
// which answers {"state": "…"}, and reloads the page once the state is another one.
const SHORTEST = 1500;
const LONGEST = 15000;
const GIVE_UP_AFTER = 10 * 60 * 1000;

const box = document.querySelector("[data-poll]");
if (box) ask(SHORTEST, Date.now() + GIVE_UP_AFTER);

function ask(pause, deadline) {
  setTimeout(async () => {
    if (document.hidden || !(await hasChanged())) {
      if (Date.now() < deadline) ask(Math.min(pause * 1.3, LONGEST), deadline);
      return;
    }
    location.reload();
  }, pause);
}

async function hasChanged() {
  try {
    const answer = await fetch(box.dataset.poll, { headers: { Accept: "application/json" } });
    return answer.ok && (await answer.json()).state !== box.dataset.state;
  } catch {
    return false; // Offline for a moment: ask again later.
  }
}
