// On a phone the desk's navigation is wider than the screen: bring the page one is on into view.
// Only the row itself moves, so that the page doesn't jump.
const row = document.querySelector(".desk-nav");
const here = row?.querySelector("[aria-current]");
if (here) {
  const [inside, around] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += inside.left - around.left - (around.width - inside.width) / 2;
}
