// Sorting and filtering of the leaderboard. Without this script the page is whole, sorted by rank.
"use strict";
(() => {
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.v ?? cell.textContent.trim();
    const number = Number(text.replace("−", "-"));
    return text === "" || text === "–" ? null : Number.isNaN(number) ? text : number;
  };

  // Rows without a value stay at the end, whichever way the others go.
  const order = (column, direction) => (a, b) => {
    const [x, y] = [value(a, column), value(b, column)];
    if (x === null || y === null) return (x === null) - (y === null);
    return direction * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  };

  const sort = (table, header) => {
    const up = header.ariaSort ? header.ariaSort === "descending" : header.dataset.sort === "up";
    for (const other of table.querySelectorAll("th[data-sort]")) other.removeAttribute("aria-sort");
    header.ariaSort = up ? "ascending" : "descending";
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(order(header.cellIndex, up ? 1 : -1)));
  };

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const header of table.querySelectorAll("th[data-sort]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(table, header));
      header.append(button);
    }
  }

  for (const form of document.querySelectorAll("form[data-filters]")) {
    const board = form.closest("article");
    const rows = [...board.querySelectorAll("tr[data-text]")];
    const filter = () => {
      const text = form.elements.text.value.trim().toLowerCase();
      const kept = new Set(
        rows
          .filter((row) => row.dataset.text.includes(text))
          .filter((row) => !form.elements.models.checked || row.dataset.kind === "model")
          .map((row) => row.dataset.run),
      );
      for (const part of board.querySelectorAll("[data-run]")) part.toggleAttribute("hidden", !kept.has(part.dataset.run));
      form.querySelector("output").textContent = `${kept.size} of ${rows.length} runs`;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    filter();
  }

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
