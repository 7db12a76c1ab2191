// One long grouped list of towns becomes three short ones: city, county, town.
// The groups of the list are labelled "city / county"; the list itself stays the field that is sent.
for (const box of document.querySelectorAll("[data-region-picker]")) enhance(box);

function enhance(box) {
  const towns = box.querySelector("select");
  const groups = [...towns.querySelectorAll("optgroup")].map(readGroup);
  if (groups.length < 2) return;

  const chosen = groups.find((group) => group.options.some((option) => option.selected && option.value));
  const empty = towns.querySelector('option[value=""]') ?? new Option("", "");
  const city = newSelect(box.dataset.city);
  const county = newSelect(box.dataset.county);

  const cities = [...new Set(groups.map((group) => group.city))];
  fill(city, cities, chosen?.city ?? (cities.length === 1 ? cities[0] : ""));

  const showCounties = (value = "") => {
    fill(county, groups.filter((group) => group.city === city.value).map((group) => group.county), value);
    showTowns();
  };
  const showTowns = (value = "") => {
    const group = groups.find((each) => each.city === city.value && each.county === county.value);
    towns.replaceChildren(empty, ...(group?.options ?? []));
    towns.value = value;
    towns.disabled = !group;
  };

  const value = towns.value;
  const row = document.createElement("div");
  row.className = "fields";
  towns.before(row);
  row.append(...(cities.length > 1 ? [city] : []), county, towns);
  city.addEventListener("change", () => showCounties());
  county.addEventListener("change", () => showTowns());
  showCounties(chosen?.county);
  showTowns(value);
}

function readGroup(group) {
  const [city, county] = group.label.split(" / ");
  return { city, county, options: [...group.querySelectorAll("option")] };
}

function newSelect(label) {
  const select = document.createElement("select");
  select.className = "input";
  select.setAttribute("aria-label", label);
  select.dataset.prompt = label;
  return select;
}

function fill(select, names, value) {
  select.replaceChildren(new Option(select.dataset.prompt, ""), ...names.map((name) => new Option(name, name)));
  select.value = value;
}
