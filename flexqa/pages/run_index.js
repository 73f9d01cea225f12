// The list of all questions of a run, filtered and in pages. Without this script the files are listed.
"use strict";
(() => {
  const PAGE = 50;
  const { rows, files } = JSON.parse(document.getElementById("rows").textContent);
  const form = document.querySelector("form[data-filters]");
  const table = document.querySelector("table.list");
  const turning = document.querySelector("[data-turning]");
  const column = { type: 1, modality: 2, outcome: 3, agreement: 4 };
  const names = Object.keys(column).filter((name) => form.elements[name]);
  let kept = rows;
  let page = 0;

  const cell = (text, name = "td") => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  const line = ([id, type, modality, outcome, agreement, asked, file]) => {
    const made = document.createElement("tr");
    const mark = cell(outcome, "span");
    mark.className = `outcome ${outcome.replaceAll(" ", "-")}`;
    const link = cell(asked || id, "a");
    link.href = `${files[file]}#${encodeURIComponent(id)}`;
    const [first, second] = [document.createElement("td"), document.createElement("th")];
    second.scope = "row";
    first.append(mark);
    second.append(link);
    const words = (name) => cell(name.replaceAll("_", " ").replaceAll("+", " + "));
    made.append(first, second, ...(form.elements.agreement ? [cell(agreement)] : []), words(type), words(modality));
    return made;
  };

  const show = () => {
    const last = Math.max(0, Math.ceil(kept.length / PAGE) - 1);
    page = Math.min(Math.max(page, 0), last);
    table.tBodies[0].replaceChildren(...kept.slice(page * PAGE, (page + 1) * PAGE).map(line));
    form.querySelector("output").textContent = `${kept.length} of ${rows.length} questions`;
    turning.querySelector("span").textContent = `page ${page + 1} of ${last + 1}`;
    const [before, next] = turning.querySelectorAll("button");
    before.disabled = page === 0;
    next.disabled = page === last;
  };

  const filter = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    const fits = (row) => names.every((n) => !form.elements[n].value || row[column[n]] === form.elements[n].value);
    kept = rows.filter((row) => fits(row) && (!text || `${row[0]} ${row[5]}`.toLowerCase().includes(text)));
    page = 0;
    show();
  };

  turning.addEventListener("click", (event) => {
    if (!event.target.dataset.step) return;
    page += Number(event.target.dataset.step);
    show();
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const part of [form, table, turning]) part.hidden = false;
  filter();
})();
